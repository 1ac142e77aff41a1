/** One call of a notifier: makes values of all that can go wrong in it, measures it, and abandons it if it never ends. */
import { messageOf } from '../base/error.ts';
import type { Delivery, Outcome } from '../notifier/notifier.ts';
import { settlesWithinMs } from '../notifier/notifier.ts';
import { CallTime, type Patience, type SignalPool } from './call-time.ts';
import type { Recipient } from './recipient.ts';
import type { DispatchLog } from './unbreakable.ts';
import { wellFormed } from './well-formed.ts';

/** What came of one call. */
export interface AttemptResult {
  /** One for each delivery, in the same order. */
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since the epoch: when the call was made. */
  readonly at: number;
  readonly durationMs: number;
  /** Set when the call was abandoned: resolves if it ends after all. What it answers then counts for nothing. */
  readonly stillGoing?: Promise<void>;
}

export interface AttemptParts {
  readonly now: () => number;
  readonly log: DispatchLog;
  readonly signals: SignalPool;
  readonly patience?: Patience;
}

/**
 * Never rejects: a throw of the notifier is a bug, is logged as one, and counts as `retry`. Settles though the call never
 * does: what it was to deliver is `retry` then. Should it be delivered all the same, it is delivered twice under the same
 * id, as after a crash.
 */
export async function attempt(
  { notifier, name, policy, tracer }: Recipient,
  deliveries: readonly Delivery[],
  { now, log, signals, patience = settlesWithinMs }: AttemptParts,
  kill: AbortSignal,
): Promise<AttemptResult> {
  const at = now();
  const time = new CallTime(signals, policy.attemptTimeoutMs, patience, kill);
  const trace = tracer?.begin(deliveries);
  const call = trace === undefined ? answers(deliveries) : trace.run(() => answers(trace.deliveries));
  const given = await time.settled(call);
  const durationMs = now() - at;
  if (given !== undefined) {
    trace?.end(given);
    return { outcomes: given, at, durationMs };
  }
  const reason = `abandoned: ${name} did not finish within ${(now() - at) / 1000} s`;
  const outcomes = deliveries.map((): Outcome => ({ status: 'retry', reason }));
  trace?.end(outcomes);
  return { outcomes, at, durationMs, stillGoing: call.then(() => {}) };

  async function answers(all: readonly Delivery[]): Promise<readonly Outcome[]> {
    try {
      const given = await notifier.notify(all, time.signal, time.extend);
      return deliveries.map((_, i) => wellFormed(given[i]));
    } catch (thrown) {
      log.error({ notifier: name, err: thrown }, 'exception in a notifier: this is a bug');
      const reason = `the notifier failed: ${messageOf(thrown)}`;
      return deliveries.map(() => ({ status: 'retry', reason }));
    }
  }
}
