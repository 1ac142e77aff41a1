/** Which trace a request of a webhook belongs to (W3C Trace Context), and the headers that say so. */
import { generatedTrace } from '../../base/generated-trace.ts';
import { type TraceContext, traceIn, writtenTrace } from '../../base/trace-context.ts';
import type { Delivery } from '../notifier.ts';

export const traceModes = ['passed', 'always', 'never'] as const;

/** Undefined: none is named. */
export type TraceOf = (delivery: Pick<Delivery, 'notification' | 'trace'>) => TraceContext | undefined;

/** That of the attempt, where attempts are traced; else the one that the event came with; else, with `always`, one of its own. */
export function traceBy(mode: (typeof traceModes)[number]): TraceOf {
  if (mode === 'never') return () => undefined;
  return ({ notification, trace }) => {
    const given = trace ?? traceIn(notification.payload);
    return given ?? (mode === 'always' ? generatedTrace(notification.id) : undefined);
  };
}

/** A request about several notifications has them only if these are of one span. */
export function traceHeaders(traces: readonly (TraceContext | undefined)[]): Readonly<Record<string, string>> {
  const [first] = traces;
  if (first === undefined) return {};
  const isOne = traces.every((one) => one?.traceId === first.traceId && one.spanId === first.spanId);
  return isOne ? writtenTrace(first) : {};
}
