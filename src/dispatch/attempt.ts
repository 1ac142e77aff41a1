/** One call of a notifier: makes values of all that can go wrong in it, and measures it. */
import type { Logger } from 'pino';
import { messageOf } from '../error.ts';
import type { Delivery, Outcome } from '../notifier/notifier.ts';
import type { Flight } from './lane.ts';
import type { Recipient } from './recipient.ts';

/** What came of one call. */
export interface Landing {
  readonly flights: readonly Flight[];
  /** One for each flight, in the same order. */
  readonly outcomes: readonly Outcome[];
  /** Milliseconds since the epoch: when the call was made. */
  readonly at: number;
  readonly durationMs: number;
}

/** Never rejects: a throw of the notifier is a defect, is logged as one, and counts as `retry`. */
export async function attempt(
  { notifier, name }: Recipient,
  flights: readonly Flight[],
  { now, log }: { readonly now: () => number; readonly log: Logger },
  kill: AbortSignal,
): Promise<Landing> {
  const at = now();
  const outcomes = await answers();
  return { flights, outcomes, at, durationMs: now() - at };

  async function answers(): Promise<readonly Outcome[]> {
    try {
      const deliveries = flights.map(
        ({ item }): Delivery => ({ notification: item.notification, attempt: item.attempts.length + 1 }),
      );
      const given = await notifier.notify(deliveries, kill);
      return flights.map((_, i) => given[i] ?? { status: 'retry', reason: 'the notifier did not answer for it' });
    } catch (thrown) {
      log.error({ notifier: name, err: thrown }, 'a notifier threw, which is a defect');
      const reason = `the notifier failed: ${messageOf(thrown)}`;
      return flights.map(() => ({ status: 'retry', reason }));
    }
  }
}
