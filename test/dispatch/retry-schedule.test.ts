import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DispatchPolicy } from '../../src/dispatch/recipient.ts';
import { nextAttempt } from '../../src/dispatch/retry-schedule.ts';
import type { AttemptRecord } from '../../src/spool/spool.ts';

const policy: DispatchPolicy = {
  concurrency: 1,
  attemptTimeoutMs: 60_000,
  retryScheduleMs: [1000, 5000],
  retryForMs: 60_000,
  retryAfterMaxMs: 86_400_000,
  breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
};
const failed = (...times: number[]): AttemptRecord[] =>
  times.map((at) => ({ at, durationMs: 1, outcome: 'retry', reason: 'refused' }));
const middle = (): number => 0.5;

describe('the schedule of retries', () => {
  it('waits as written, and repeats the last wait', () => {
    expect(nextAttempt(policy, failed(0), 100, middle)).toEqual({ dueAt: 1100 });
    expect(nextAttempt(policy, failed(0, 1100), 1200, middle)).toEqual({ dueAt: 6200 });
    expect(nextAttempt(policy, failed(0, 1100, 6200), 6300, middle)).toEqual({ dueAt: 11_300 });
  });

  it('spreads each wait by a fifth to both sides', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (chance) => {
        const next = nextAttempt(policy, failed(0), 0, () => chance);
        expect('dueAt' in next && next.dueAt).toBeGreaterThanOrEqual(800);
        expect('dueAt' in next && next.dueAt).toBeLessThanOrEqual(1200);
      }),
    );
  });

  it('obeys a receiver that asks for more time, and none that asks for less', () => {
    expect(nextAttempt(policy, failed(0), 0, middle, 30_000)).toEqual({ dueAt: 30_000 });
    expect(nextAttempt(policy, failed(0), 0, middle, 10)).toEqual({ dueAt: 1000 });
  });

  it('makes the last attempt when the time is over, then gives up', () => {
    expect(nextAttempt(policy, failed(0), 59_500, middle)).toEqual({ dueAt: 60_000 });
    expect(nextAttempt(policy, failed(0, 1000), 60_000, middle)).toEqual({
      givenUp: expect.stringContaining(' 2 attempts in 60 s'),
    });
    expect(nextAttempt(policy, failed(0), 0, middle, 1e12)).toEqual({ dueAt: 60_000 });
  });

  it('gives up at once where there is no schedule', () => {
    expect(nextAttempt({ ...policy, retryScheduleMs: [] }, failed(0), 0, middle)).toHaveProperty('givenUp');
    expect(nextAttempt({ ...policy, retryForMs: 0 }, failed(0), 0, middle)).toHaveProperty('givenUp');
  });
});
