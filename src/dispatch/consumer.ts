/**
 * One notifier's way through the log. A single loop does everything in turn: it books the results of attempts,
 * commits it, reads what is due and what is new, starts attempts, and sleeps until there is news. So nothing of its
 * state changes while it waits for the spool, and what is not in its memory is exactly what the spool says.
 */
import type { Position } from '../base/request.ts';
import type { Delivery } from '../notifier/notifier.ts';
import type { Reading } from '../spool/reading.ts';
import { Admission } from './admission.ts';
import { type AttemptParts, type AttemptResult, attempt } from './attempt.ts';
import { Booking, type Finished } from './booking.ts';
import { SignalPool } from './call-time.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import { GatheringTime } from './gathering-time.ts';
import { deliveryOf } from './lane.ts';
import { latestAttempt } from './latest-attempt.ts';
import { Loader } from './loader.ts';
import { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import { Recording } from './recording.ts';
import { lateArrival } from './seldom.ts';
import type { Suspicion } from './suspicion.ts';
import { Heartbeat, PauseRequests, Wakeup } from './wakeup.ts';

/** How long to wait before a commit that failed is tried again. */
const commitAgainMs = 1000;

/** What outlives it, where it has to be started again. */
interface LastingParts extends ConsumerParts {
  readonly reading: Reading;
  readonly suspicion: Suspicion;
}

export class Consumer {
  /** For commands that change what the spool has for this notifier. */
  readonly pauseRequests: PauseRequests;
  /** For the watchdog: whether its loop is alive. */
  readonly heartbeat: Heartbeat;
  readonly #recipient: Recipient;
  readonly #parts: LastingParts;
  readonly #attemptParts: AttemptParts;
  readonly #wakeup = new Wakeup();
  readonly #admission: Admission;
  readonly #gathering: GatheringTime;
  readonly #booking: Booking;
  readonly #recording: Recording;
  #progress = new PendingProgress({ cursor: 0, deferred: 0 });
  #awaited: Position = -1;
  /** The newest entry when it began. */
  #last: Position = 0;

  constructor(recipient: Recipient, parts: LastingParts) {
    const { name, policy } = recipient;
    this.#recipient = recipient;
    this.#parts = parts;
    this.#attemptParts = { ...parts, signals: new SignalPool() };
    this.pauseRequests = new PauseRequests(this.#wakeup.wake, parts.now);
    this.heartbeat = new Heartbeat(this.#wakeup.wake);
    this.#admission = new Admission(policy, parts.now(), (...change) => parts.observer.breaker(name, ...change));
    this.#gathering = new GatheringTime(recipient.notifier);
    this.#booking = new Booking(recipient, parts, this.#admission, this.#wakeup.wake);
    this.#recording = new Recording(name, parts, this.#admission.throttle);
  }

  /**
   * Works until `stop` aborts, or rejects when it cannot go on; either way `finish` must follow. `kill` is handed to the
   * notifier: it ends what is under way.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    await this.#begin();
    const { wake } = this.#wakeup;
    const reader = this.#parts.readAhead.join(this.#progress.readTo, wake, this.#recipient.follows);
    const loader = new Loader(this.#recipient, { ...this.#parts, reader, wake }, this.#progress, this.#admission);
    stop.addEventListener('abort', wake);
    this.#recipient.seldom?.listen(wake);
    try {
      while (!stop.aborted) {
        // A notifier that can do nothing any more is not alive: the watchdog shall start the daemon again.
        if (!this.#admission.isStuck) this.heartbeat.beat();
        this.#booking.book(this.#progress, kill);
        if (this.#awaitsRuns()) {
          await this.#wakeup.sleep();
          continue;
        }
        if ((await this.#recording.commit(this.#progress)) && (await this.#receive(loader))) {
          await loader.due();
          await loader.fresh();
          // It may have come meanwhile: what was read is laid down again.
          if (stop.aborted) break;
          const at = this.#launch(kill);
          this.#relax(loader, at);
          await this.#wakeup.rest(await this.#wakeInMs(loader, stop, at), loader.hasMuch);
        } else {
          this.pauseRequests.postpone();
          await this.#wakeup.sleep(commitAgainMs);
        }
      }
    } finally {
      reader.leave();
      stop.removeEventListener('abort', wake);
    }
  }

  /** Whether runs are under way, and there is nothing to be done before one of them ends. */
  #awaitsRuns(): boolean {
    const [{ notifier }, { runs }] = [this.#recipient, this.#progress];
    if (!runs.isUnderWay || this.pauseRequests.waiting) return false;
    const mayGoOn = this.#admission.slots(notifier.maxBatch, this.#parts.now()) > 0;
    const areHeldUp = runs.areHeldUp(notifier, mayGoOn);
    if (areHeldUp) this.#admission.runs.slow(this.#progress.moveRunsToLanes());
    return !areHeldUp && !(mayGoOn && notifier.gathering !== undefined);
  }

  /** Starts nothing more, and resolves when what is under way has settled and is committed. */
  async finish(kill: AbortSignal): Promise<void> {
    for (;;) {
      this.heartbeat.beat();
      this.#booking.book(this.#progress, kill);
      if (this.#admission.inFlight === 0) break;
      await this.#wakeup.sleep();
    }
    this.#progress.moveToSpool();
    await this.#recording.commit(this.#progress);
  }

  /** How it stands at this moment. */
  state(): NotifierState {
    const { breaker, pausedUntil, awaySince, inFlight } = this.#admission;
    return {
      breaker,
      ...(pausedUntil === undefined ? {} : { pausedUntil }),
      ...(awaySince === undefined ? {} : { awaySince }),
      inFlight,
    };
  }

  /** Stands still for commands that change something. Answers whether it may go on. */
  async #receive(loader: Loader): Promise<boolean> {
    if (!this.pauseRequests.waiting) return true;
    this.#progress.moveRunsToLanes();
    const { spool, now } = this.#parts;
    const { name } = this.#recipient;
    const { lanes } = this.#progress;
    this.#progress.moveToSpool();
    this.#progress.moveStartedToSpool();
    if (!(await this.#recording.commit(this.#progress))) return false;
    const underWay = new Set([...lanes.underWay].map(({ item }) => item.entry.position));
    this.heartbeat.pause();
    await this.pauseRequests.grant({ underWay, probe: () => this.#admission.probe(now()) });
    this.heartbeat.beat();
    const keys = [...lanes.values()].map(({ key }) => key);
    const state = await spool.consumer(name);
    this.#admission.throttle.takeOver(state.pause, now());
    loader.forget();
    this.#progress.recount(state, await spool.deferredIn(name, keys));
    return true;
  }

  /** Takes over from the spool what a process before this one has left, and that it is not earlier than it was then. */
  async #begin(): Promise<void> {
    const { spool, now, notBefore } = this.#parts;
    const { name } = this.#recipient;
    const state = await spool.consumer(name);
    notBefore(state.pause?.at ?? 0);
    notBefore(await latestAttempt(spool, name));
    const { last } = await spool.state();
    this.#last = last;
    const newest = await this.#parts.reading.get(last);
    notBefore(newest?.receivedAt ?? 0);
    this.#admission.throttle.begin(state.pause, now());
    this.#progress = new PendingProgress(state);
  }

  /** Milliseconds until something is due or may go on; undefined when only news can wake it. */
  async #wakeInMs(loader: Loader, stop: AbortSignal, at: number): Promise<number | undefined> {
    const { readTo } = this.#progress;
    if (this.#awaited !== readTo) {
      this.#awaited = readTo;
      const { spool } = this.#parts;
      const arrival =
        this.#recipient.seldom === undefined ? spool.arrival(readTo, stop) : lateArrival(spool, readTo, stop);
      arrival.then(this.#wakeup.wake, this.#wakeup.wake);
    }
    const heldMs = this.#gathering.waitMs(at) ?? Number.POSITIVE_INFINITY;
    const opensInMs = this.#admission.opensInMs(at);
    if (opensInMs !== undefined) return Math.min(opensInMs, heldMs);
    // It has opened since the loader looked.
    const dueInMs = loader.wasHeldBack && this.#admission.isOpen(at) ? 0 : await loader.nextDueInMs();
    return dueInMs === undefined && heldMs === Number.POSITIVE_INFINITY
      ? undefined
      : Math.min(dueInMs ?? heldMs, heldMs);
  }

  /** Entries go one at a time until nothing is left of what was suspect. */
  #relax(loader: Loader, at: number): void {
    const { suspicion } = this.#parts;
    const { lanes, readTo } = this.#progress;
    const isIdle = this.#admission.inFlight === 0 && lanes.size === 0 && this.#admission.isOpen(at) && loader.hasLooked;
    if (suspicion.isAny && isIdle && readTo >= Math.min(suspicion.last, this.#last)) {
      suspicion.clear();
      this.#wakeup.wake();
    }
    suspicion.flush();
  }

  /** Answers its moment: what may not go then is what must be slept for. */
  #launch(kill: AbortSignal): number {
    const [{ notifier }, { suspicion, now }] = [this.#recipient, this.#parts];
    const at = now();
    const { runs, lanes } = this.#progress;
    if (runs.filled > 0) {
      const mayGo = this.#admission.slots(notifier.maxBatch, at) > 0 && !this.#gathering.holds(runs, at);
      if (!mayGo || !runs.mayBegin(notifier)) return at;
      const run = runs.begin(this.#wakeup.wake);
      this.#gathering.took('all');
      this.#call(run.positions, run.deliveries, kill, (result) => ({ ...result, run }));
      // There may be another one to go beside it.
      if (notifier.gathering !== undefined) this.#wakeup.wake();
      return at;
    }
    for (;;) {
      const slots = this.#admission.slots(notifier.maxBatch, at);
      const limit = suspicion.isCareful(this.#progress.readTo) ? Math.min(slots, 1 - this.#admission.inFlight) : slots;
      if (limit > 0 && this.#gathering.holds(lanes, at)) return at;
      const started = lanes.take(limit, notifier.digest !== undefined);
      if (started.length === 0) return at;
      this.#gathering.took(started.length);
      const positions = started.map(({ item }) => item.entry.position);
      this.#call(positions, started.map(deliveryOf), kill, (result) => ({ ...result, started }));
    }
  }

  #call(
    positions: readonly Position[],
    deliveries: readonly Delivery[],
    kill: AbortSignal,
    finished: (result: AttemptResult) => Finished,
  ): void {
    const { suspicion, now } = this.#parts;
    this.#admission.start(deliveries.length, now(), this.#recipient.notifier.maxBatch > 1);
    const call = suspicion.attempting(positions, () => attempt(this.#recipient, deliveries, this.#attemptParts, kill));
    void call.then((result) => {
      suspicion.finished(positions);
      this.#booking.add(finished(result));
    });
  }
}
