/** One call of a notifier: makes values of all that can go wrong in it, measures it, and gives it up if it never ends. */
import { messageOf } from '../base/error.ts';
import type { Delivery, Outcome } from '../notifier/notifier.ts';
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
  /** Set when the call was given up: resolves if it ends after all. What it answers then counts for nothing. */
  readonly stillGoing?: Promise<void>;
}

/** How long is waited for a call that does not keep its word, in milliseconds. */
export interface Patience {
  /** Beyond the notifier's own `longestMs`, until it is told to end. */
  readonly graceMs: number;
  /** From then on, or from `kill`, until it is given up. */
  readonly endMs: number;
}

/** The end is longer than a program takes that must be killed. */
const defaultPatience: Patience = { graceMs: 30_000, endMs: 3000 };
/** What setTimeout takes: more would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Where calls get their signals from. One that has served a call to its end, and was not aborted, serves a later one:
 * Node makes hidden classes of its own for each AbortSignal, which costs more than most else that a delivery takes.
 */
export class Ends {
  readonly #spare: AbortController[] = [];

  take(): AbortController {
    return this.#spare.pop() ?? new AbortController();
  }

  /** Only when the call has settled, so that nobody listens to its signal any more. */
  giveBack(end: AbortController): void {
    if (!end.signal.aborted) this.#spare.push(end);
  }
}

export interface AttemptParts {
  readonly now: () => number;
  readonly log: DispatchLog;
  readonly ends: Ends;
  readonly patience?: Patience;
}

/**
 * Never rejects: a throw of the notifier is a defect, is logged as one, and counts as `retry`. Settles though the call
 * never does: what it was to deliver is `retry` then. Should it be delivered all the same, it is delivered twice under
 * the same id, as after a crash.
 */
export async function attempt(
  { notifier, name }: Recipient,
  flights: readonly Flight[],
  { now, log, ends, patience = defaultPatience }: AttemptParts,
  kill: AbortSignal,
): Promise<Landing> {
  const at = now();
  const end = ends.take();
  const call = answers();
  const overdueMs = notifier.longestMs + patience.graceMs;
  const given = await settled(call, end, kill, { overdueMs, endMs: patience.endMs });
  const durationMs = now() - at;
  if (given !== undefined) {
    ends.giveBack(end);
    return { flights, outcomes: given, at, durationMs };
  }
  const reason = `given up: ${name} did not end the attempt when it was told to after ${(now() - at) / 1000} s`;
  const outcomes = flights.map((): Outcome => ({ status: 'retry', reason }));
  return { flights, outcomes, at, durationMs, stillGoing: call.then(() => {}) };

  async function answers(): Promise<readonly Outcome[]> {
    try {
      const deliveries = flights.map(
        ({ item }): Delivery => ({ notification: item.notification, attempt: item.attempts.length + 1 }),
      );
      const given = await notifier.notify(deliveries, end.signal);
      return flights.map((_, i) => wellFormed(given[i]));
    } catch (thrown) {
      log.error({ notifier: name, err: thrown }, 'a notifier threw, which is a defect');
      const reason = `the notifier failed: ${messageOf(thrown)}`;
      return flights.map(() => ({ status: 'retry', reason }));
    }
  }
}

/** What `call` resolves with; undefined when it was told to end, overdue or by `kill`, and has not within `endMs`. */
function settled<T>(
  call: Promise<T>,
  end: AbortController,
  kill: AbortSignal,
  { overdueMs, endMs }: { readonly overdueMs: number; readonly endMs: number },
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let timer = setTimeout(tellToEnd, Math.min(overdueMs, longestTimerMs));
    function tellToEnd(): void {
      clearTimeout(timer);
      // Once more round the event loop: where that was held up, the answer may have come meanwhile.
      timer = setTimeout(() => setImmediate(settle), endMs);
      end.abort();
    }
    function settle(given?: T): void {
      clearTimeout(timer);
      kill.removeEventListener('abort', tellToEnd);
      resolve(given);
    }
    kill.addEventListener('abort', tellToEnd, { once: true });
    if (kill.aborted) tellToEnd();
    void call.then(settle);
  });
}
