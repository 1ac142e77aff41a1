/** Brings the deferred entries of a consumer that are due into its memory. */
import type { Entry } from '../base/request.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Deferral } from '../spool/spool.ts';
import { type Lane, laneOfAll } from './lane.ts';
import type { LoaderParts } from './loader.ts';
import type { Passing } from './passing.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import type { Recovery } from './recovery.ts';
import { decide } from './unusable.ts';
import { deferredWindow, laneLength, openBytes } from './window.ts';

export class DueLoader {
  readonly #recipient: Recipient;
  readonly #parts: LoaderParts;
  readonly #progress: PendingProgress;
  readonly #passing: Passing;
  readonly #recovery: Recovery;
  readonly #laneLimit: number;
  #dueReadAt = 0;

  constructor(
    recipient: Recipient,
    parts: LoaderParts,
    progress: PendingProgress,
    passing: Passing,
    recovery: Recovery,
  ) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#progress = progress;
    this.#passing = passing;
    this.#recovery = recovery;
    this.#laneLimit = laneLength(recipient.notifier.maxBatch);
  }

  /** Milliseconds until a deferred entry is due that `load` would bring; undefined when there is none, or time alone changes nothing. */
  async nextInMs(): Promise<number | undefined> {
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
    const { policy, notifier } = this.#recipient;
    const window = deferredWindow(policy.concurrency, notifier.gathering && notifier.maxBatch);
    return window - this.#progress.lanes.deferredLanes;
  }

  /** Brings lanes into memory whose heads are due: as many as can be at work, and one more for each. */
  async load(): Promise<void> {
    const { spool, suspicion, now } = this.#parts;
    const { name, asReceived } = this.#recipient;
    const { lanes, deferred } = this.#progress;
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
}
