/** Brings the deferred entries of a consumer that are due into its memory. */
import type { Entry } from '../base/request.ts';
import type { Delivered, Route, Unusable } from '../examine/route.ts';
import type { Deferral } from '../spool/spool.ts';
import type { Holding } from './hold/holding.ts';
import { Release } from './hold/release.ts';
import { type Lane, laneOfAll } from './lane.ts';
import type { LoaderParts } from './loader.ts';
import type { Passing } from './passing.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import type { Recovery } from './recovery.ts';
import { decide } from './unusable.ts';
import { deferredWindow, laneLength, openBytes } from './window.ts';

/** A deferred entry that is to be delivered. */
export interface DueEntry {
  readonly entry: Entry;
  readonly route: Delivered;
}

/** Lanes of entries that are held back, beside those that are brought into memory. */
const releasedAtOnce = 128;

export class DueLoader {
  readonly #recipient: Recipient;
  readonly #parts: LoaderParts;
  readonly #progress: PendingProgress;
  readonly #passing: Passing;
  readonly #recovery: Recovery;
  readonly #laneLimit: number;
  /** See `releasedAtOnce`. */
  readonly #held: number;
  readonly #release: Release;
  #dueReadAt = 0;

  constructor(
    recipient: Recipient,
    parts: LoaderParts,
    progress: PendingProgress,
    passing: Passing,
    recovery: Recovery,
    holding: Holding,
  ) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#progress = progress;
    this.#passing = passing;
    this.#recovery = recovery;
    this.#laneLimit = laneLength(recipient.notifier.maxBatch);
    this.#release = new Release(recipient, parts, progress, holding, (deferral) => this.#take(undefined, deferral));
    this.#held = holding.isAny ? releasedAtOnce : 0;
  }

  /** What is held back, and let go here. */
  get release(): Release {
    return this.#release;
  }

  /** Milliseconds until a deferred entry is due that `load` would bring; undefined when there is none, or time alone changes nothing. */
  async nextInMs(): Promise<number | undefined> {
    const { spool, now } = this.#parts;
    // What was due when we last looked is under way, or waits for that: the attempt that ends will wake. It must not hide
    // what comes due in other lanes meanwhile, as it may take very long.
    if (this.#progress.deferred.count === 0 || !this.#recovery.mayResume || this.#room <= 0) return undefined;
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
    const { policy, notifier } = this.#recipient;
    const window = deferredWindow(policy.concurrency, notifier.gathering && notifier.maxBatch);
    return window - this.#progress.lanes.deferredLanes;
  }

  /** Brings lanes into memory whose heads are due: as many as can be at work, and one more for each. */
  async load(): Promise<void> {
    const { spool, suspicion, now } = this.#parts;
    const { name, asReceived } = this.#recipient;
    const { lanes } = this.#progress;
    const deferred = this.#progress.deferred.count;
    if (deferred === 0 || !this.#recovery.mayResume) return;
    this.#dueReadAt = now();
    const room = this.#room;
    if (room <= 0) return;
    if (asReceived) {
      // By position, whatever lanes they had when they were deferred; one after the other, so nothing else may be there.
      const first = lanes.size > 0 ? [] : await spool.deferred(name, 0, this.#laneLimit);
      await this.#resumeAll({ key: laneOfAll, queue: [], underWay: [], deferred }, first);
      return;
    }
    const careful = suspicion.isCareful(this.#progress.readTo);
    let brought = 0;
    for (const head of await spool.due(name, this.#dueReadAt, lanes.size + room + this.#held)) {
      if (lanes.find(head.lane) !== undefined) continue;
      if (careful && !suspicion.covers(head.position)) continue;
      if ((await this.#release.release(head)) || brought === room) continue;
      brought += 1;
      // An attempt that ends makes room, and wakes the loop.
      if (lanes.bytes >= openBytes) break;
      const inSpool = (await spool.deferredIn(name, [head.lane])).get(head.lane) ?? 0;
      const count = inSpool + this.#release.movedTo(head.lane);
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
      const found = await this.#take(lane, deferral);
      if (found !== undefined) this.#progress.resume(lane, found.entry, found.route.notification, deferral);
    }
    if (due.length > 0 && lane.queue.length === 0) this.#parts.wake();
  }

  /** Reads it. What is not to be delivered any more is settled; `lane`: where that is in memory. */
  async #take(lane: Lane | undefined, deferral: Deferral): Promise<DueEntry | undefined> {
    const { position } = deferral;
    const { log, observer, now, reading } = this.#parts;
    const { name } = this.#recipient;
    const entry = await reading.get(position);
    if (entry === undefined) {
      log.error({ notifier: name, position }, 'cannot read a deferred entry; counting it as damaged');
      this.#progress.deferred.missing(lane, position);
      return undefined;
    }
    const route = this.#decide(entry);
    if (route.kind === 'unusable') {
      this.#progress.deferred.unusable(lane, this.#passing.letter(entry, route, deferral.attempts));
      return undefined;
    }
    if (route.kind === 'filtered') {
      observer.filtered(name, entry, route.reason.option, route.reason.detail);
      this.#progress.deferred.filtered(lane, position, route.reason, now());
      return undefined;
    }
    return { entry, route };
  }

  #decide(entry: Entry): Route | Unusable {
    const { position } = entry;
    return this.#parts.suspicion.examining(position, position, () =>
      decide(this.#recipient, entry, this.#parts.suspicion),
    );
  }
}
