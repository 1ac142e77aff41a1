/** When a failed attempt is made again, and when no more: the schedule, its jitter, its end. */
import type { AttemptRecord } from '../spool/spool.ts';
import type { DispatchPolicy } from './recipient.ts';

/** Each wait is spread by this share to both sides, so that what failed at the same time does not come back at the same time. One call fails as one. */
const jitter = 0.2;

export type Retry = { readonly dueAt: number } | { readonly givenUp: string };

/**
 * What follows the last of `attempts` (the newest last). The last wait of the schedule repeats until the time is over;
 * the very last attempt is made when it is over, not some hours before. `askedMs` is how long the receiver asked to be
 * left alone (Retry-After): it lengthens the wait, never shortens it. `pausedMs`: how much of the time since the first
 * attempt was a pause that the receiver asked for; it does not count.
 */
export function nextAttempt(
  policy: DispatchPolicy,
  attempts: readonly AttemptRecord[],
  now: number,
  random: () => number,
  askedMs = 0,
  pausedMs = 0,
): Retry {
  const { retryScheduleMs, retryForMs } = policy;
  const since = attempts[0]?.at ?? now;
  const step = retryScheduleMs[attempts.length - 1] ?? retryScheduleMs.at(-1);
  const over = since + retryForMs + pausedMs;
  if (step === undefined || now >= over) {
    return { givenUp: `given up after ${attempts.length} attempts in ${Math.round((now - since) / 1000)} s` };
  }
  const spread = step * (1 + jitter * (2 * random() - 1));
  const waitMs = Math.max(spread, Math.min(askedMs, policy.retryAfterMaxMs));
  return { dueAt: Math.round(Math.min(now + waitMs, over)) };
}
