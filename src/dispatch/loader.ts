/** Brings entries into the memory of a consumer: those that are new, and deferred ones that are due. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Entry, Position } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Reading } from '../spool/reading.ts';
import type { Deferral } from '../spool/spool.ts';
import type { Admission } from './admission.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import type { Lane } from './lane.ts';
import { Passing } from './passing.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Reader } from './read-ahead.ts';
import type { Recipient } from './recipient.ts';
import { Recovery } from './recovery.ts';
import type { Suspicion } from './suspicion.ts';
import { decide } from './unusable.ts';
import { laneWindow } from './window.ts';

/** Bytes of requests that it holds in memory, unless one alone is larger. */
const openBytes = 16 * 1024 * 1024;
/** Entries read in one step: few enough that the event loop is given back soon, and more where most are passed over. */
const readStep = 128;
const longestStep = 1024;
/** A step has mostly passed entries over when no more than one in so many is to be attempted. */
const rarely = 8;
/** Items of one lane in memory, so that a busy mailbox leaves room for the others. */
const shortestLaneLimit = 64;
/**
 * What may be passed over before what was passed over is committed, so that a flood of requests that cannot be used is not
 * a transaction for every few.
 */
const passedLimit = { count: 1024, deadBytes: 4 * 1024 * 1024 };

/** With `asReceived`, the lane of everything. */
const theLane = 'received';

/** What a loader works for. */
interface LoaderParts extends Pick<ConsumerParts, 'spool' | 'log' | 'observer' | 'readAhead' | 'now'> {
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
  readonly #laneLimit: number;
  #dueReadAt = 0;
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
    this.#laneLimit = Math.max(shortestLaneLimit, 2 * recipient.notifier.maxBatch);
  }

  /** Whether the admission was closed when `due` and `fresh` wanted to bring something: once it is open they are to be asked again. */
  get wasHeldBack(): boolean {
    return this.#heldBack;
  }

  /** Whether it could look at everything when it was asked last. */
  get hasLooked(): boolean {
    return !this.#heldBack && this.#recovery.mayResume;
  }

  /** Milliseconds until a deferred entry is due that `due` would bring; undefined when there is none, or time alone changes nothing. */
  async nextDueInMs(): Promise<number | undefined> {
    const { spool, now } = this.#parts;
    // What was due when we last looked is under way, or waits for that: the attempt that ends will wake. It must not hide
    // what comes due in other lanes meanwhile, as it may take very long.
    if (this.#progress.deferred === 0 || !this.#recovery.mayResume || this.#room <= 0) return undefined;
    const { name, asReceived } = this.#recipient;
    if (asReceived) {
      // Everything waits for the first, however long that is.
      const [first] = this.#progress.lanes.size > 0 ? [] : await spool.deferred(name, 0, 1);
      return first === undefined ? undefined : Math.max(0, first.dueAt - now());
    }
    const next = await spool.nextDue(name, this.#dueReadAt);
    return next === undefined ? undefined : Math.max(0, next - now());
  }

  /** How many more lanes with deferred entries may come into memory. */
  get #room(): number {
    return 2 * this.#recipient.policy.concurrency - this.#progress.lanes.deferredLanes;
  }

  /** Brings lanes into memory whose heads are due: as many as can be at work, and one more for each. */
  async due(): Promise<void> {
    const { spool, suspicion, now } = this.#parts;
    const { name, asReceived } = this.#recipient;
    const { lanes, deferred } = this.#progress;
    this.#heldBack = !this.#admission.isOpen(now());
    if (deferred === 0 || !this.#recovery.mayResume || this.#heldBack) return;
    this.#dueReadAt = now();
    const room = this.#room;
    if (room <= 0) return;
    if (asReceived) {
      // By position, whatever lanes they had when they were deferred; one after the other, so nothing else may be there.
      const first = lanes.size > 0 ? [] : await spool.deferred(name, 0, this.#laneLimit);
      await this.#resumeAll({ key: theLane, queue: [], underWay: [], deferred }, first);
      return;
    }
    const careful = suspicion.isCareful(this.#progress.readTo);
    for (const head of await spool.due(name, this.#dueReadAt, lanes.size + room)) {
      if (lanes.find(head.lane) !== undefined) continue;
      if (careful && !suspicion.covers(head.position)) continue;
      // An attempt that ends makes room, and wakes the loop.
      if (lanes.bytes >= openBytes) break;
      const count = (await spool.deferredIn(name, [head.lane])).get(head.lane) ?? 0;
      const lane: Lane = { key: head.lane, queue: [], underWay: [], deferred: count };
      await this.#resumeAll(lane, await spool.lane(name, head.lane, this.#laneLimit));
    }
  }

  /** Resumes the first of them, up to one that is not due. */
  async #resumeAll(lane: Lane, deferrals: readonly Deferral[]): Promise<void> {
    const first = deferrals.findIndex(({ dueAt }) => dueAt > this.#dueReadAt);
    const due = first < 0 ? deferrals : deferrals.slice(0, first);
    for (const deferral of due) {
      // An attempt that ends makes room, and wakes the loop.
      if (lane.queue.length > 0 && this.#progress.lanes.bytes >= openBytes) break;
      this.#resume(lane, deferral, await this.#parts.reading.get(deferral.position));
    }
    if (due.length > 0 && lane.queue.length === 0) this.#parts.wake();
  }

  #resume(lane: Lane, deferral: Deferral, entry: Entry | undefined): void {
    const { position } = deferral;
    const { log, observer, now } = this.#parts;
    const { name } = this.#recipient;
    if (entry === undefined) {
      log.error({ notifier: name, position }, 'cannot read a deferred entry; counting it as damaged');
      this.#progress.missing(lane, position);
      return;
    }
    const route = this.#decide(entry);
    if (route.kind === 'unusable') {
      this.#progress.unusableDeferred(lane, this.#passing.letter(entry, route, deferral.attempts));
      return;
    }
    if (route.kind === 'filtered') {
      observer.filtered(name, entry, route.reason.option, route.reason.detail);
      this.#progress.filteredDeferred(lane, position, route.reason, now());
      return;
    }
    this.#progress.resume(lane, entry, route.notification, deferral);
  }

  #decide(entry: Entry): Route | Unusable {
    const { position } = entry;
    return this.#parts.suspicion.examining(position, position, () =>
      decide(this.#recipient, entry, this.#parts.suspicion),
    );
  }

  /** Reads on in the spool: a step, or more of them while there is nothing to attempt. */
  async fresh(): Promise<void> {
    const from = this.#progress.readTo;
    while ((await this.#step()) && this.#begun === 0) {
      if (this.#progress.readTo - from >= passedLimit.count || this.#progress.deadBytes >= passedLimit.deadBytes)
        return;
      await nextTurn();
    }
  }

  /** Whether anything was read. */
  async #step(): Promise<boolean> {
    const { spool, reading, suspicion, now, readAhead } = this.#parts;
    const { name, asReceived, policy } = this.#recipient;
    this.#progress.moveStragglersToSpool();
    const { lanes, open, readTo, deferred, mayRead } = this.#progress;
    this.#heldBack ||= !this.#admission.isOpen(now());
    const window = laneWindow(policy.concurrency, readAhead.size);
    if (open >= window || lanes.bytes >= openBytes || !mayRead || this.#heldBack) return false;
    if (!this.#parts.reader.mayRead(readTo)) return false;
    const resumed = this.#recovery.mayResume;
    // What comes after something that is deferred stays in the log until that is over.
    if (asReceived && deferred > 0 && resumed) return false;
    // What comes after what is suspect waits until that is done; but what is deferred waits for the recovery.
    if (suspicion.isCareful(readTo) && readTo >= suspicion.last && resumed) return false;
    const { entries, to } = await reading.next(readTo, suspicion.step(readTo, this.#stepSize));
    const known = await this.#recovery.known(spool, name, { after: readTo, to, entries });
    if (this.#recovery.mayResume !== resumed) this.#parts.wake();
    const routes = suspicion.examining(readTo + 1, to, () =>
      entries.map((entry) => decide(this.#recipient, entry, this.#parts.suspicion, true)),
    );
    const keys = deferred > 0 ? routes.flatMap((route) => (route.kind === 'deliver' ? [route.lane] : [])) : [];
    const behind = keys.length > 0 ? await spool.deferredIn(name, keys) : undefined;
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
      if (route.kind !== 'deliver') {
        this.#passing.passOver(this.#progress, entry, route, readAt);
        continue;
      }
      const { notification } = route;
      const key = asReceived ? theLane : route.lane;
      const deferredThere = asReceived ? this.#progress.deferred : (behind?.get(key) ?? 0);
      const lane = lanes.find(key) ?? touched.get(key) ?? { key, queue: [], underWay: [], deferred: deferredThere };
      touched.set(key, lane);
      const full = lane.queue.length >= this.#laneLimit;
      // A full lane makes way for others, by way of the spool; but only where they could go on at once.
      if (full && (asReceived || !this.#admission.hasIdleCapacity(now()))) break;
      this.#progress.begin(lane, entry, notification, full);
      this.#begun += 1;
    }
    this.#passing.end();
    this.#stepSize = this.#begun * rarely <= entries.length ? Math.min(2 * this.#stepSize, longestStep) : readStep;
    if (entries.length === 0) this.#skipTo(to + 1, known);
    if (this.#progress.readTo === readTo) return false;
    this.#parts.reader.moved(this.#progress.readTo);
    this.#parts.wake();
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
