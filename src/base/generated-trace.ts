/** Makes a trace for what came without one: out of belfry's id, so that all attempts of it are of one trace. */
import { createHash } from 'node:crypto';
import { sampledFlag, type TraceContext } from './trace-context.ts';

/** Marked as sampled: a receiver leaves out what is not. */
export function generatedTrace(id: string): TraceContext {
  const digits = createHash('sha256').update(id).digest('hex');
  return { traceId: digits.slice(0, 32), spanId: digits.slice(32, 48), flags: sampledFlag };
}
