/** Books what attempts have brought: in the work of the consumer, at its gate, and with those who watch. */
import { limited } from '../log/limited.ts';
import type { Outcome } from '../notifier/notifier.ts';
import type { AttemptRecord } from '../spool/spool.ts';
import type { Landing } from './attempt.ts';
import type { ConsumerParts } from './consumer-parts.ts';
import type { Gate } from './gate.ts';
import type { Flight } from './lane.ts';
import type { PendingProgress } from './pending-progress.ts';
import type { Recipient } from './recipient.ts';
import { nextAttempt } from './retry-schedule.ts';

/** Lines about attempts that were given up. */
const givenUpLimit = { lines: 1, periodMs: 600_000 };

/** Of a long history the first and the newest attempts are remembered, so that it stays small. */
const rememberedAttempts = 50;

function remember(attempts: readonly AttemptRecord[], attempt: AttemptRecord): readonly AttemptRecord[] {
  const [first, ...rest] = attempts;
  if (first === undefined) return [attempt];
  return [first, ...rest.slice(-(rememberedAttempts - 2)), attempt];
}

export class Booking {
  readonly #recipient: Recipient;
  readonly #parts: ConsumerParts;
  readonly #gate: Gate;
  readonly #ring: () => void;
  readonly #sayGivenUp: ReturnType<typeof limited>;
  readonly #landings: Landing[] = [];

  /** `ring` says that there is something to book, or that a slot is free. */
  constructor(recipient: Recipient, parts: ConsumerParts, gate: Gate, ring: () => void) {
    this.#recipient = recipient;
    this.#parts = parts;
    this.#gate = gate;
    this.#ring = ring;
    this.#sayGivenUp = limited({ ...givenUpLimit, now: parts.now });
  }

  /** Takes what a call has brought, to be booked at the next turn. */
  readonly add = (landing: Landing): void => {
    this.#landings.push(landing);
    this.#ring();
  };

  /** Books all that has come. What `kill` has called off counts as no attempt. */
  book(progress: PendingProgress, kill: AbortSignal): void {
    for (let landing = this.#landings.shift(); landing !== undefined; landing = this.#landings.shift()) {
      const { flights, outcomes } = landing;
      this.#judge(landing, kill);
      if (landing.stillGoing !== undefined) this.#setAdrift(landing.stillGoing, outcomes);
      progress.lanes.land(flights);
      for (const [i, flight] of flights.entries()) {
        const outcome = outcomes[i];
        if (outcome !== undefined) this.#bookOne(progress, flight, outcome, landing, kill);
      }
      for (const lane of new Set(flights.map((flight) => flight.lane))) progress.lanes.settle(lane);
    }
  }

  /** What a call says about the receiver. */
  #judge({ outcomes }: Landing, kill: AbortSignal): void {
    const { observer, now } = this.#parts;
    const { name, policy } = this.#recipient;
    const { throttle } = this.#gate;
    const asking = outcomes.find((outcome) => this.#pauseMsOf(outcome) !== undefined);
    const pauseMs = asking && this.#pauseMsOf(asking);
    if (asking?.status === 'retry' && pauseMs !== undefined) {
      this.#gate.landUnjudged();
      observer.throttled(name, pauseMs, asking.reason, throttle.isCareful);
      throttle.ask(now(), pauseMs, asking.reason);
      return;
    }
    const [first] = outcomes;
    if (outcomes.some(({ status }) => status !== 'retry')) {
      this.#gate.land(now(), undefined);
      if (throttle.succeeded(policy.concurrency)) observer.recovered(name);
    } else if (kill.aborted) this.#gate.landUnjudged();
    else this.#gate.land(now(), first?.status === 'retry' ? first.reason : '');
  }

  /** The pause that an outcome asks for, as far as it is obeyed; undefined when there is none. */
  #pauseMsOf(outcome: Outcome): number | undefined {
    const asked = outcome.status === 'retry' ? (outcome.pauseMs ?? 0) : 0;
    const pauseMs = Math.min(asked, this.#recipient.policy.retryAfterMaxMs);
    return pauseMs > 0 ? pauseMs : undefined;
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
      log.error({ notifier, reason, ...more }, 'abandoned an attempt that did not finish in time; another one follows');
    });
    if (this.#gate.isStuck && !wasStuck) {
      log.error({ notifier }, 'too many hung attempts; not starting more until one finishes');
    }
    void stillGoing.then(() => {
      this.#gate.ended();
      this.#ring();
    });
  }

  #bookOne(
    progress: PendingProgress,
    flight: Flight,
    outcome: Outcome,
    { at, durationMs }: Landing,
    kill: AbortSignal,
  ): void {
    const { observer, now, random } = this.#parts;
    const { name, policy, notifier } = this.#recipient;
    const { totalMs } = this.#gate.throttle;
    const { item } = flight;
    if (outcome.status === 'retry' && kill.aborted) {
      progress.callOff(flight);
      return;
    }
    if (this.#pauseMsOf(outcome) !== undefined) {
      // Due at once: it is the gate that holds it back.
      progress.postpone(flight, 0, item);
      return;
    }
    if (outcome.status === 'filtered') {
      const { option, detail } = outcome;
      observer.filtered(name, item.entry, option, detail);
      progress.filteredByNotifier(flight, { option, detail }, now());
      return;
    }
    observer.attempted(name, item, outcome, durationMs, notifier.maxBatch > 1);
    if (outcome.status === 'delivered') {
      progress.attempted(at);
      progress.delivered(flight, at + durationMs, outcome.detail);
      return;
    }
    progress.attempted(at, outcome.status === 'rejected' ? `rejected: ${outcome.reason}` : outcome.reason);
    const record: AttemptRecord = { at, durationMs, outcome: outcome.status, reason: outcome.reason };
    const attempts = remember(item.attempts, record);
    const pausedMs = item.attempts.length === 0 ? totalMs : item.pausedMs;
    const next =
      outcome.status === 'rejected'
        ? { givenUp: 'rejected' }
        : nextAttempt(policy, attempts, now(), random, outcome.afterMs, totalMs - pausedMs);
    if ('givenUp' in next) {
      const reason = `${next.givenUp}: ${outcome.reason}`;
      progress.addDead(flight, { at: now(), reason, attempts });
      observer.buried(name, item, reason);
    } else {
      progress.postpone(flight, next.dueAt, { attempts, pausedMs });
    }
  }
}
