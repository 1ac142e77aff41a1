/**
 * One notifier's way through the log. A single loop does everything in turn: it books what attempts have brought,
 * commits it, reads what is due and what is new, starts attempts, and sleeps until there is news. So nothing of its
 * state changes while it waits for the spool, and what is not in its memory is exactly what the spool says.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Position } from '../base/request.ts';
import type { Reading } from '../spool/reading.ts';
import { type AttemptParts, attempt } from './attempt.ts';
import { Bell } from './bell.ts';
import { Booking } from './booking.ts';
import { SignalPool } from './call-time.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import { Gate } from './gate.ts';
import { Loader } from './loader.ts';
import { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import { Recording } from './recording.ts';
import { Rounds } from './rounds.ts';
import type { Suspicion } from './suspicion.ts';
import { Visits } from './visits.ts';

/** How long to wait before a commit that failed is tried again. */
const commitAgainMs = 1000;
/** Deferred entries that are looked at to find out how late it is. */
const sampled = 64;

/** What outlives it, where it has to be started again. */
interface LastingParts extends ConsumerParts {
  readonly reading: Reading;
  readonly suspicion: Suspicion;
}

export class Consumer {
  /** For those who want to change what the spool has for this notifier. */
  readonly visits: Visits;
  /** For those who want to know whether its loop is alive. */
  readonly rounds: Rounds;
  readonly #recipient: Recipient;
  readonly #parts: LastingParts;
  readonly #attemptParts: AttemptParts;
  readonly #bell = new Bell();
  readonly #gate: Gate;
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
    this.visits = new Visits(this.#bell.ring);
    this.rounds = new Rounds(this.#bell.ring);
    this.#gate = new Gate(policy, parts.now(), (...change) => parts.observer.breaker(name, ...change));
    this.#booking = new Booking(recipient, parts, this.#gate, this.#bell.ring);
    this.#recording = new Recording(name, parts, this.#gate.throttle);
  }

  /**
   * Works until `stop` aborts, or rejects when it cannot go on; either way `finish` must follow. `kill` is handed to the
   * notifier: it ends what is under way.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    await this.#begin();
    const { ring } = this.#bell;
    const runner = this.#parts.pace.join(this.#progress.readTo, ring, this.#recipient.follows);
    const loader = new Loader(this.#recipient, this.#parts, this.#progress, this.#gate, runner, ring);
    stop.addEventListener('abort', ring);
    try {
      while (!stop.aborted) {
        // Whoever can do nothing any more is not alive: let whoever watches start the daemon again.
        if (!this.#gate.isStuck) this.rounds.came();
        this.#booking.book(this.#progress, kill);
        if ((await this.#recording.commit(this.#progress)) && (await this.#receive())) {
          await loader.due();
          await loader.fresh();
          // It may have come meanwhile: what was read is laid down again.
          if (stop.aborted) break;
          const at = this.#launch(kill);
          this.#relax(loader, at);
          await this.#bell.sleep(await this.#wakeInMs(loader, stop, at));
          // The log and the notifiers answer at once while there is much to do: everybody else has a turn in between.
          await nextTurn();
        } else {
          await this.#bell.sleep(commitAgainMs);
        }
      }
    } finally {
      runner.leave();
      stop.removeEventListener('abort', ring);
    }
  }

  /** Starts nothing more, and resolves when what is under way has settled and is committed. */
  async finish(kill: AbortSignal): Promise<void> {
    for (;;) {
      this.rounds.came();
      this.#booking.book(this.#progress, kill);
      if (this.#gate.inFlight === 0) break;
      await this.#bell.sleep();
    }
    this.#progress.moveToSpool();
    await this.#recording.commit(this.#progress);
  }

  /** How it stands at this moment. */
  state(): NotifierState {
    const { breaker, pausedUntil, awaySince, inFlight } = this.#gate;
    return {
      breaker,
      ...(pausedUntil === undefined ? {} : { pausedUntil }),
      ...(awaySince === undefined ? {} : { awaySince }),
      inFlight,
    };
  }

  /** Stands still for those who want to change something. Whether it may go on. */
  async #receive(): Promise<boolean> {
    if (!this.visits.waiting) return true;
    const { spool, now } = this.#parts;
    const { name } = this.#recipient;
    const { lanes } = this.#progress;
    this.#progress.moveToSpool();
    this.#progress.moveStartedToSpool();
    if (!(await this.#recording.commit(this.#progress))) return false;
    const underWay = new Set([...lanes.underWay].map(({ item }) => item.entry.position));
    this.rounds.stand();
    await this.visits.admit({ underWay, probe: () => this.#gate.probe(now()) });
    this.rounds.came();
    const keys = [...lanes.values()].map(({ key }) => key);
    const state = await spool.consumer(name);
    this.#gate.throttle.takeOver(state.pause, now());
    this.#progress.recount(state, await spool.deferredIn(name, keys));
    return true;
  }

  /** Takes over from the spool what a process before this one has left, and that it is not earlier than it was then. */
  async #begin(): Promise<void> {
    const { spool, now, notBefore } = this.#parts;
    const { name } = this.#recipient;
    const state = await spool.consumer(name);
    notBefore(state.pause?.at ?? 0);
    for (const { attempts, dueAt } of await spool.due(name, Number.MAX_SAFE_INTEGER, sampled)) {
      notBefore(attempts.at(-1)?.at ?? dueAt);
    }
    const { last } = await spool.state();
    this.#last = last;
    const newest = await this.#parts.reading.get(last);
    notBefore(newest?.receivedAt ?? 0);
    this.#gate.throttle.takeOver(state.pause, now());
    this.#progress = new PendingProgress(state);
  }

  /** Milliseconds until something is due or may go on; undefined when only news can wake it. */
  async #wakeInMs(loader: Loader, stop: AbortSignal, at: number): Promise<number | undefined> {
    const { readTo } = this.#progress;
    if (this.#awaited !== readTo) {
      this.#awaited = readTo;
      this.#parts.spool.arrival(readTo, stop).then(this.#bell.ring, this.#bell.ring);
    }
    const opensInMs = this.#gate.opensInMs(at);
    if (opensInMs !== undefined) return opensInMs;
    // It has opened since the loader looked.
    return loader.wasHeldBack && this.#gate.isOpen(at) ? 0 : loader.nextDueInMs();
  }

  /** Entries go one at a time until nothing is left of what was suspect. */
  #relax(loader: Loader, at: number): void {
    const { suspicion } = this.#parts;
    const { lanes, readTo } = this.#progress;
    const isIdle = this.#gate.inFlight === 0 && lanes.size === 0 && this.#gate.isOpen(at) && loader.hasLooked;
    if (suspicion.isAny && isIdle && readTo >= Math.min(suspicion.last, this.#last)) {
      suspicion.clear();
      this.#bell.ring();
    }
    suspicion.flush();
  }

  /** Answers its moment: what may not go then is what must be slept for. */
  #launch(kill: AbortSignal): number {
    const { notifier } = this.#recipient;
    const { suspicion, now } = this.#parts;
    const at = now();
    for (;;) {
      const room = this.#gate.room(notifier.maxBatch, at);
      const limit = suspicion.isCareful(this.#progress.readTo) ? Math.min(room, 1 - this.#gate.inFlight) : room;
      const flights = this.#progress.lanes.take(limit);
      if (flights.length === 0) return at;
      this.#gate.depart(flights.length, at, notifier.maxBatch > 1);
      const call = suspicion.attempting(flights, () => attempt(this.#recipient, flights, this.#attemptParts, kill));
      void call.then((landing) => {
        suspicion.landed(flights);
        this.#booking.add(landing);
      });
    }
  }
}
