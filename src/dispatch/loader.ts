/** Brings entries into the memory of a consumer: those that are new, and deferred ones that are due. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry, Position } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Reading } from '../spool/reading.ts';
import type { Admission } from './admission.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import { DueLoader } from './due-loader.ts';
import { Holding } from './hold/holding.ts';
import { type Lane, laneOfAll } from './lane.ts';
import { Passing } from './passing.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Reader } from './read-ahead.ts';
import type { Recipient } from './recipient.ts';
import { Recovery } from './recovery.ts';
import type { Suspicion } from './suspicion.ts';
import { decide } from './unusable.ts';
import { laneLength, laneWindow, openBytes, runWindow } from './window.ts';

/** Entries read in one step: few enough that the event loop is given back soon, and more where most are passed over. */
const readStep = 128;
const longestStep = 1024;
/** So many entries are no more than a few. */
const few = 8;
/** A step has mostly passed entries over when no more than one in so many is to be attempted. */
const rarely = 8;
/**
 * What may be passed over before what was passed over is committed, so that a flood of requests that cannot be used is not
 * a transaction for every few.
 */
const passedLimit = { count: 1024, deadBytes: 4 * 1024 * 1024 };

/** What a loader works for. */
export interface LoaderParts extends Pick<ConsumerParts, 'spool' | 'log' | 'observer' | 'readAhead' | 'now'> {
  readonly reading: Reading;
  readonly suspicion: Suspicion;
  readonly reader: Reader;
  /** Says that there is more to do at once. */
  wake(): void;
}

export class Loader {
  readonly #recipient: Recipient;
  readonly #parts: LoaderParts;
  readonly #progress: PendingProgress;
  readonly #admission: Admission;
  readonly #passing: Passing;
  readonly #recovery = new Recovery();
  readonly #holding: Holding;
  readonly #due: DueLoader;
  readonly #laneLimit: number;
  #heldBack = false;
  /** Entries that the next step reads at the most. */
  #stepSize = readStep;
  /** How many of the last step are to be attempted. */
  #begun = 0;

  constructor(recipient: Recipient, parts: LoaderParts, progress: PendingProgress, admission: Admission) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#progress = progress;
    this.#admission = admission;
    this.#passing = new Passing(recipient.name, parts);
    this.#laneLimit = laneLength(recipient.notifier.maxBatch);
    this.#holding = new Holding(recipient, parts, progress);
    this.#due = new DueLoader(recipient, parts, progress, this.#passing, this.#recovery, this.#holding);
  }

  /** Whether the admission was closed when `due` and `fresh` wanted to bring something: once it is open they are to be asked again. */
  get wasHeldBack(): boolean {
    return this.#heldBack;
  }

  /** Whether it could look at everything when it was asked last. */
  get hasLooked(): boolean {
    return !this.#heldBack && this.#recovery.mayResume;
  }

  /** Whether the last step of reading has brought more than a few. */
  get hasMuch(): boolean {
    return this.#begun > few;
  }

  /** See `DueLoader`. */
  nextDueInMs(): Promise<number | undefined> {
    return this.#due.nextInMs();
  }

  /** Others have changed what is deferred. */
  forget(): void {
    this.#holding.forget();
  }

  /** Brings lanes into memory whose heads are due. All progress is committed. */
  async due(): Promise<void> {
    this.#due.release.begin();
    this.#heldBack = !this.#admission.isOpen(this.#parts.now());
    if (!this.#heldBack) await this.#due.load();
  }

  /** Reads on in the spool: a step, or more of them while there is nothing to attempt. */
  async fresh(): Promise<void> {
    const from = this.#progress.readTo;
    while ((await this.#step()) && (this.#begun === 0 || this.#fills())) {
      if (this.#progress.readTo - from >= passedLimit.count || this.#progress.deadBytes >= passedLimit.deadBytes)
        return;
      await nextTurn();
    }
  }

  /** So many entries are one run. */
  get #runLength(): number {
    const { maxBatch, gathering } = this.#recipient.notifier;
    return gathering === undefined ? runWindow(maxBatch, this.#parts.readAhead.size) : maxBatch;
  }

  /** Whether a run has room for more, in a request of which the receiver prefers many. */
  #fills(): boolean {
    const { notifier } = this.#recipient;
    const { runs } = this.#progress;
    return notifier.gathering !== undefined && runs.filled > 0 && !runs.isFull(notifier);
  }

  /** How many more a call of lanes is to have that waits for its delay. */
  #wantedByLanes(): number {
    const { maxBatch, gathering } = this.#recipient.notifier;
    if (gathering === undefined || gathering.delayMs === 0) return 0;
    const { count, bytes } = this.#progress.lanes.ready();
    return count === 0 || bytes >= gathering.bytes ? 0 : Math.max(0, maxBatch - count);
  }

  /** Whether entries go by the short way, once nothing is in lanes. */
  #takesRuns(): boolean {
    const { notifier, policy } = this.#recipient;
    if (notifier.maxBatch === 1 || policy.rate !== undefined) return false;
    if (this.#holding.isAny || this.#progress.deferred.count > 0) return false;
    const mayRun = this.#recovery.isOver && !this.#parts.suspicion.isAny && this.#admission.runs.isOver;
    return mayRun && this.#admission.isQuick(this.#parts.now());
  }

  /** Whether anything was read. */
  async #step(): Promise<boolean> {
    const { spool, reading, suspicion, now, readAhead } = this.#parts;
    const { name, asReceived, notifier, policy } = this.#recipient;
    this.#progress.moveStragglersToSpool();
    const mayRun = this.#takesRuns();
    // A call of lanes that is held back for more is filled first.
    const wanted = mayRun ? this.#wantedByLanes() : 0;
    const takesRuns = mayRun && wanted === 0;
    if (!takesRuns) this.#admission.runs.left(this.#progress.moveRunsToLanes());
    const { runs, lanes, open, readTo, mayRead } = this.#progress;
    const deferred = this.#progress.deferred.count;
    this.#heldBack ||= !this.#admission.isOpen(now());
    const window = laneWindow(policy.concurrency, readAhead.size, notifier.gathering && notifier.maxBatch);
    if (open >= window || lanes.bytes + runs.bytes >= openBytes || !mayRead || this.#heldBack) return false;
    // What is in lanes comes to its end first, and what is full goes before there is another run.
    const runLength = this.#runLength;
    if (takesRuns && (lanes.size > 0 || runs.isFull(notifier, runLength))) return false;
    const room = this.#parts.reader.room(readTo);
    if (room === 0) return false;
    const resumed = this.#recovery.mayResume;
    // What comes after something that is deferred stays in the log until that is over.
    if (asReceived && deferred > 0 && resumed) return false;
    // What comes after what is suspect waits until that is done; but what is deferred waits for the recovery.
    if (suspicion.isCareful(readTo) && readTo >= suspicion.last && resumed) return false;
    const rest = takesRuns ? runLength - runs.filled : wanted || readStep;
    const stepSize = Math.min(room, this.#stepSize, this.#stepSize === readStep ? rest : longestStep);
    const askedAt = now();
    const { entries, to } = await reading.next(readTo, suspicion.step(readTo, stepSize));
    const known = await this.#recovery.known(spool, name, { after: readTo, to, entries });
    if (this.#recovery.mayResume !== resumed) this.#parts.wake();
    const examine = () => entries.map((entry) => decide(this.#recipient, entry, this.#parts.suspicion, true));
    const routes = entries.length === 0 ? [] : suspicion.examining(readTo + 1, to, examine);
    const keys = deferred > 0 ? routes.flatMap((route) => (route.kind === 'deliver' ? [route.lane] : [])) : [];
    const behind = keys.length > 0 ? await spool.deferredIn(name, keys) : undefined;
    if (this.#holding.isAny) await this.#holding.prepare(deliveredOf(entries, routes));
    const touched = new Map<string, Lane>();
    this.#begun = 0;
    this.#passing.begin(routes);
    const readAt = now();
    for (let i = 0; i < entries.length; i++) {
      const [entry, route] = [entries[i], routes[i]];
      if (entry === undefined || route === undefined) break;
      this.#skipTo(entry.position, known);
      if (known.has(entry.position)) {
        this.#progress.passOver(entry.position);
        continue;
      }
      if (this.#holding.isAny) this.#holding.see(entry);
      if (route.kind !== 'deliver') {
        this.#passing.passOver(this.#progress, entry, route, readAt);
        continue;
      }
      const { notification } = route;
      const key = asReceived ? laneOfAll : route.lane;
      if (takesRuns) {
        if (runs.isFull(notifier, runLength)) break;
        this.#progress.passOver(entry.position);
        runs.add(entry, notification, key, notifier.gathering === undefined ? 0 : entry.request.bytes.byteLength);
        this.#begun += 1;
        continue;
      }
      const inSpool = (behind?.get(key) ?? 0) + this.#due.release.movedTo(key);
      const deferredThere = asReceived ? this.#progress.deferred.count : inSpool;
      const lane = lanes.find(key) ?? touched.get(key) ?? { key, queue: [], underWay: [], deferred: deferredThere };
      touched.set(key, lane);
      const full = lane.queue.length >= this.#laneLimit;
      // A full lane makes way for others, by way of the spool; but only where they could go on at once.
      if (full && (asReceived || !this.#admission.hasIdleCapacity(now()))) break;
      const held = this.#holding.isAny ? this.#holding.place(entry) : undefined;
      if (held !== undefined) this.#progress.hold(entry, held.lane, held.dueAt);
      else {
        this.#progress.begin(lane, entry, notification, full);
        this.#begun += 1;
      }
    }
    this.#passing.end();
    if (!takesRuns) this.#admission.runs.step();
    this.#stepSize =
      this.#begun * rarely <= entries.length && !this.#holding.isAny
        ? Math.min(2 * this.#stepSize, longestStep)
        : readStep;
    if (entries.length === 0) this.#skipTo(to + 1, known);
    if (this.#holding.isAny) this.#due.release.readThrough(receivedBy(entries, this.#progress.readTo) ?? askedAt);
    if (this.#progress.readTo === readTo) return false;
    this.#parts.reader.moved(this.#progress.readTo);
    // What was passed over is to be committed; of what is attempted the end wakes, and of what has come the spool.
    if (this.#begun < entries.length || entries.length === 0) this.#parts.wake();
    return true;
  }

  /** What stands before `position` and was not read is damaged, but for what the spool has all the same. */
  #skipTo(position: Position, known: ReadonlySet<Position>): void {
    const { readTo } = this.#progress;
    if (position === readTo + 1) return;
    let lost = position - readTo - 1;
    for (const one of known) if (one > readTo && one < position) lost--;
    this.#progress.skip(position - 1, lost);
  }
}

function deliveredOf(entries: readonly Entry[], routes: readonly (Route | Unusable)[]): readonly Entry[] {
  return entries.filter((_, i) => routes[i]?.kind === 'deliver');
}

/** When the last of these up to `readTo` was received; 0 when none of them has been read, undefined when there are none. */
function receivedBy(entries: readonly Entry[], readTo: Position): number | undefined {
  if (entries.length === 0) return undefined;
  return entries.findLast(({ position }) => position <= readTo)?.receivedAt ?? 0;
}
