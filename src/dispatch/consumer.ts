/**
 * One notifier's way through the log. A single loop does everything in turn: it books what attempts have brought,
 * commits it, reads what is due and what is new, starts attempts, and sleeps until there is news. So nothing of its
 * state changes while it waits for the spool, and what is not in its memory is exactly what the spool says.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '../error.ts';
import { limited } from '../log/limited.ts';
import type { Outcome } from '../notifier/notifier.ts';
import type { Position } from '../request.ts';
import type { AttemptRecord, Progress } from '../spool/spool.ts';
import { type AttemptParts, attempt, Ends, type Landing } from './attempt.ts';
import { Bell } from './bell.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import { Gate } from './gate.ts';
import type { Flight } from './lane.ts';
import { remember } from './ledger.ts';
import { Loader } from './loader.ts';
import type { Recipient } from './recipient.ts';
import { nextAttempt } from './retry-schedule.ts';
import { Rounds } from './rounds.ts';
import { Visits } from './visits.ts';
import { Work } from './work.ts';

/** How long to wait before a commit that failed is tried again. */
const commitAgainMs = 1000;
/** Lines about attempts that were given up. */
const givenUpLimit = { lines: 1, periodMs: 600_000 };

export class Consumer {
  /** For those who want to change what the spool has for this notifier. */
  readonly visits: Visits;
  /** For those who want to know whether its loop is alive. */
  readonly rounds: Rounds;
  readonly #recipient: Recipient;
  readonly #parts: ConsumerParts;
  readonly #attemptParts: AttemptParts;
  readonly #bell = new Bell();
  readonly #gate: Gate;
  readonly #sayGivenUp: ReturnType<typeof limited>;
  #work = new Work({ cursor: 0, deferred: 0 });
  #landings: Landing[] = [];
  #uncommitted: Progress | undefined;
  #awaited: Position = -1;

  constructor(recipient: Recipient, parts: ConsumerParts) {
    const { name, policy } = recipient;
    this.#recipient = recipient;
    this.#parts = parts;
    this.#attemptParts = { ...parts, ends: new Ends() };
    this.visits = new Visits(this.#bell.ring);
    this.rounds = new Rounds(this.#bell.ring);
    this.#sayGivenUp = limited({ ...givenUpLimit, now: parts.now });
    this.#gate = new Gate(policy, parts.now(), (...change) => parts.observer.breaker(name, ...change));
  }

  /**
   * Works until `stop` aborts, or rejects when it cannot go on; either way `finish` must follow. `kill` is handed to the
   * notifier: it ends what is under way.
   */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    this.#work = new Work(await this.#parts.spool.consumer(this.#recipient.name));
    const { ring } = this.#bell;
    const runner = this.#parts.pace.join(this.#work.readTo, ring, this.#recipient.follows);
    const loader = new Loader(this.#recipient, this.#parts, this.#work, this.#gate, runner, ring);
    stop.addEventListener('abort', ring);
    try {
      while (!stop.aborted) {
        // Whoever can do nothing any more is not alive: let whoever watches start the daemon again.
        if (!this.#gate.isStuck) this.rounds.came();
        this.#book(kill);
        if ((await this.#commit()) && (await this.#receive())) {
          await loader.due();
          await loader.fresh();
          // It may have come meanwhile: what was read is laid down again.
          if (stop.aborted) break;
          await this.#bell.sleep(await this.#wakeInMs(loader, stop, this.#launch(kill)));
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
      this.#book(kill);
      if (this.#gate.inFlight === 0) break;
      await this.#bell.sleep();
    }
    this.#work.layDownAll();
    await this.#commit();
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
    const { lanes } = this.#work;
    this.#work.layDownAll();
    this.#work.park(lanes.underWay);
    if (!(await this.#commit())) return false;
    const underWay = new Set([...lanes.underWay].map(({ item }) => item.entry.position));
    this.rounds.stand();
    await this.visits.admit({ underWay, probe: () => this.#gate.probe(now()) });
    this.rounds.came();
    const keys = [...lanes.values()].map(({ key }) => key);
    this.#work.recount(await spool.consumer(name), await spool.deferredIn(name, keys));
    return true;
  }

  /** Milliseconds until something is due or may go on; undefined when only news can wake it. */
  async #wakeInMs(loader: Loader, stop: AbortSignal, at: number): Promise<number | undefined> {
    const { readTo } = this.#work;
    if (this.#awaited !== readTo) {
      this.#awaited = readTo;
      this.#parts.spool.arrival(readTo, stop).then(this.#bell.ring, this.#bell.ring);
    }
    return this.#gate.opensInMs(at) ?? loader.nextDueInMs();
  }

  /** Books what the attempts have brought. */
  #book(kill: AbortSignal): void {
    const { lanes } = this.#work;
    for (let landing = this.#landings.shift(); landing !== undefined; landing = this.#landings.shift()) {
      const { flights, outcomes } = landing;
      const reached = outcomes.some(({ status }) => status !== 'retry');
      const [first] = outcomes;
      if (reached) this.#gate.land(this.#parts.now(), undefined);
      else if (kill.aborted) this.#gate.landCalledOff();
      else this.#gate.land(this.#parts.now(), first?.status === 'retry' ? first.reason : '');
      if (landing.stillGoing !== undefined) this.#setAdrift(landing.stillGoing, outcomes);
      lanes.land(flights);
      flights.forEach((flight, i) => {
        const outcome = outcomes[i];
        if (outcome !== undefined) this.#bookOne(flight, outcome, landing, kill);
      });
      for (const lane of new Set(flights.map((flight) => flight.lane))) lanes.settle(lane);
    }
  }

  /** A call was given up: its slot is free, but there is an end to how many of them may be going on somewhere. */
  #setAdrift(stillGoing: Promise<void>, [first]: readonly Outcome[]): void {
    const { log } = this.#parts;
    const notifier = this.#recipient.name;
    const reason = first?.status === 'retry' ? first.reason : '';
    const wasStuck = this.#gate.isStuck;
    this.#gate.setAdrift();
    this.#sayGivenUp((suppressed) => {
      const more = suppressed > 0 ? { suppressed } : {};
      log.error({ notifier, reason, ...more }, 'an attempt that does not end is given up, and will be made again');
    });
    if (this.#gate.isStuck && !wasStuck) {
      log.error({ notifier }, 'too many attempts have never ended: no further one is made before one of them ends');
    }
    void stillGoing.then(() => {
      this.#gate.ended();
      this.#bell.ring();
    });
  }

  #bookOne(flight: Flight, outcome: Outcome, { at, durationMs }: Landing, kill: AbortSignal): void {
    const { observer, now, random } = this.#parts;
    const { name, policy, notifier } = this.#recipient;
    const { item } = flight;
    if (outcome.status === 'retry' && kill.aborted) {
      this.#work.callOff(flight);
      return;
    }
    observer.attempted(name, item, outcome, durationMs, notifier.maxBatch > 1);
    if (outcome.status === 'delivered') {
      this.#work.attempted(at);
      this.#work.delivered(flight, at + durationMs, outcome.detail);
      return;
    }
    this.#work.attempted(at, outcome.status === 'rejected' ? `rejected: ${outcome.reason}` : outcome.reason);
    const record: AttemptRecord = { at, durationMs, outcome: outcome.status, reason: outcome.reason };
    const attempts = remember(item.attempts, record);
    const next =
      outcome.status === 'rejected'
        ? { givenUp: 'rejected' }
        : nextAttempt(policy, attempts, now(), random, outcome.afterMs);
    if ('givenUp' in next) {
      const reason = `${next.givenUp}: ${outcome.reason}`;
      this.#work.bury(flight, { at: now(), reason, attempts });
      observer.buried(name, item, reason);
    } else {
      this.#work.postpone(flight, next.dueAt, attempts);
    }
  }

  /** Whether all that was booked is in the spool. What could not be committed is kept and tried again. */
  async #commit(): Promise<boolean> {
    const { spool, log } = this.#parts;
    const { name } = this.#recipient;
    for (;;) {
      this.#uncommitted ??= this.#work.takeProgress();
      if (this.#uncommitted === undefined) return true;
      try {
        await spool.commit(name, this.#uncommitted);
        this.#uncommitted = undefined;
      } catch (thrown) {
        log.error({ notifier: name, reason: messageOf(thrown) }, 'progress cannot be saved, trying again');
        return false;
      }
    }
  }

  /** Answers its moment: what may not go then is what must be slept for. */
  #launch(kill: AbortSignal): number {
    const { notifier } = this.#recipient;
    const at = this.#parts.now();
    for (;;) {
      const flights = this.#work.lanes.take(this.#gate.room(notifier.maxBatch, at));
      if (flights.length === 0) return at;
      this.#gate.depart(flights.length, at, notifier.maxBatch > 1);
      void attempt(this.#recipient, flights, this.#attemptParts, kill).then((landing) => {
        this.#landings.push(landing);
        this.#bell.ring();
      });
    }
  }
}
