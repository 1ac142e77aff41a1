/** The reason of an attempt that its signal has ended. */
import { abortReason, type Outcome } from '../notifier.ts';

/** `server` names it; its answer was awaited, or its connection. */
export function stopped(server: string, signal: AbortSignal, attemptTimeoutMs: number): Outcome {
  const reason =
    abortReason(signal) === 'timeout'
      ? `${server} did not answer within ${attemptTimeoutMs / 1000} s`
      : `stopped before ${server} had answered`;
  return { status: 'retry', reason };
}
