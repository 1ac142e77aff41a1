/** What makes the attempts of one notifier visible to whoever traces them; `daemon/attempt-tracing.ts` does it. */
import type { Delivery, Outcome } from '../notifier/notifier.ts';

export interface AttemptTracer {
  /** A call begins. Never throws. */
  begin(deliveries: readonly Delivery[]): AttemptTrace;
}

/** One call. Nothing of it throws, but for what `call` throws. */
export interface AttemptTrace {
  /** With the trace that each is to pass on. */
  readonly deliveries: readonly Delivery[];
  /** Makes the call where what it does can be seen to belong to it. */
  run<T>(call: () => T): T;
  /** Outcome i is that of delivery i. */
  end(outcomes: readonly Outcome[]): void;
}
