/** One call of a notifier: makes values of all that can go wrong in it, measures it, and abandons it if it never ends. */
import { messageOf } from '../base/error.ts';
import { longestTimerMs } from '../base/limits.ts';
import { type AbortReason, type Delivery, type Outcome, settlesWithinMs } from '../notifier/notifier.ts';
import type { Flight } from './lane.ts';
import type { Recipient } from './recipient.ts';
import type { DispatchLog } from './unbreakable.ts';
import { wellFormed } from './well-formed.ts';

/** What came of one call. */
export interface Landing {
  readonly flights: readonly Flight[];
  /** One for each flight, in the same order. */
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since the epoch: when the call was made. */
  readonly at: number;
  readonly durationMs: number;
  /** Set when the call was abandoned: resolves if it ends after all. What it answers then counts for nothing. */
  readonly stillGoing?: Promise<void>;
}

/** How long a call is waited for after its signal has aborted, in milliseconds, by the reason of that. */
export type Patience = Readonly<Record<AbortReason, number>>;

export interface AttemptParts {
  readonly now: () => number;
  readonly log: DispatchLog;
  readonly patience?: Patience;
}

/**
 * Never rejects: a throw of the notifier is a bug, is logged as one, and counts as `retry`. Settles though the call never
 * does: what it was to deliver is `retry` then. Should it be delivered all the same, it is delivered twice under the same
 * id, as after a crash.
 */
export async function attempt(
  { notifier, name, policy }: Recipient,
  flights: readonly Flight[],
  { now, log, patience = settlesWithinMs }: AttemptParts,
  kill: AbortSignal,
): Promise<Landing> {
  const at = now();
  const time = new CallTime(policy.attemptTimeoutMs, patience, kill);
  const call = answers();
  const given = await time.settled(call);
  const durationMs = now() - at;
  if (given !== undefined) return { flights, outcomes: given, at, durationMs };
  const reason = `abandoned: ${name} did not finish within ${(now() - at) / 1000} s`;
  const outcomes = flights.map((): Outcome => ({ status: 'retry', reason }));
  return { flights, outcomes, at, durationMs, stillGoing: call.then(() => {}) };

  async function answers(): Promise<readonly Outcome[]> {
    try {
      const deliveries = flights.map(
        ({ item, lane }): Delivery => ({
          notification: item.notification,
          attempt: item.attempts.length + 1,
          lane: lane.key,
        }),
      );
      const given = await notifier.notify(deliveries, time.signal, time.extend);
      return flights.map((_, i) => wellFormed(given[i]));
    } catch (thrown) {
      log.error({ notifier: name, err: thrown }, 'exception in a notifier: this is a bug');
      const reason = `the notifier failed: ${messageOf(thrown)}`;
      return flights.map(() => ({ status: 'retry', reason }));
    }
  }
}

/** The deadline of one call: its signal aborts at the deadline or with `kill`, and the call is abandoned some time after. */
class CallTime {
  readonly #controller = new AbortController();
  readonly #patience: Patience;
  readonly #kill: AbortSignal;
  #timer: NodeJS.Timeout | undefined;
  #abandon = (): void => {};
  #isOver = false;

  constructor(timeoutMs: number, patience: Patience, kill: AbortSignal) {
    this.#patience = patience;
    this.#kill = kill;
    this.extend(timeoutMs);
    kill.addEventListener('abort', this.#shutDown, { once: true });
    if (kill.aborted) this.#shutDown();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly extend = (ms: number): void => {
    if (this.#isOver || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end('timeout'), Math.min(ms, longestTimerMs));
  };

  /** What `call` resolves with; undefined when it is abandoned. */
  async settled<T>(call: Promise<T>): Promise<T | undefined> {
    const abandoned = new Promise<undefined>((resolve) => {
      this.#abandon = () => resolve(undefined);
    });
    const given = await Promise.race([call, abandoned]);
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#kill.removeEventListener('abort', this.#shutDown);
    return given;
  }

  readonly #shutDown = (): void => this.#end('shutdown');

  #end(reason: AbortReason): void {
    clearTimeout(this.#timer);
    // Once more round the event loop: where that was held up, the answer may have come meanwhile.
    this.#timer = setTimeout(() => setImmediate(() => this.#abandon()), this.#patience[reason]);
    this.#controller.abort(reason);
  }
}
