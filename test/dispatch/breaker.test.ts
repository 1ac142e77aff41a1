import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/dispatch/breaker.ts';
import { RateLimit } from '../../src/dispatch/rate.ts';

function breaker(): { readonly subject: Breaker; readonly changes: string[] } {
  const changes: string[] = [];
  const subject = new Breaker({ failures: 3, pauseMs: 1000, longestPauseMs: 3000 }, (state, pauseMs, reason) =>
    changes.push(`${state} ${pauseMs} ${reason}`.trim()),
  );
  return { subject, changes };
}

describe('the circuit breaker', () => {
  it('stays closed while there are successes between the failures', () => {
    const { subject, changes } = breaker();
    for (let i = 0; i < 10; i++) {
      subject.failed(i, 'refused');
      subject.failed(i, 'refused');
      subject.succeeded();
    }
    expect(subject.limit(4, 100)).toBe(4);
    expect(changes).toEqual([]);
  });

  it('opens after consecutive failures, probes with one, and closes when that succeeds; each said once', () => {
    const { subject, changes } = breaker();
    for (let i = 0; i < 5; i++) subject.failed(0, 'refused');
    expect(subject.limit(4, 999)).toBe(0);
    expect([subject.until, subject.since]).toEqual([1000, 0]);
    expect(subject.limit(4, 1000)).toBe(1);
    subject.failed(1000, 'refused');
    expect(subject.until).toBe(3000);
    expect(subject.limit(4, 2999)).toBe(0);
    expect(subject.limit(4, 3000)).toBe(1);
    subject.failed(3000, 'refused');
    expect([subject.until, subject.since]).toEqual([6000, 0]);
    expect(subject.limit(4, 6000)).toBe(1);
    subject.succeeded();
    expect(subject.since).toBeUndefined();
    expect(subject.limit(4, 6000)).toBe(4);
    expect(changes).toEqual(['open 1000 refused', 'closed 0']);
  });

  it('pauses no longer than it may when the clock is set back', () => {
    const { subject } = breaker();
    for (let i = 0; i < 3; i++) subject.failed(3_600_000, 'refused');
    expect(subject.limit(4, 3_600_000)).toBe(0);
    expect(subject.limit(4, 3_600_000 - 2_000)).toBe(0);
    expect(subject.limit(4, 0)).toBe(1);
  });

  it('never opens where it is switched off', () => {
    const subject = new Breaker({ failures: 0, pauseMs: 1, longestPauseMs: 1 }, () => {});
    for (let i = 0; i < 100; i++) subject.failed(0, 'refused');
    expect(subject.limit(4, 0)).toBe(4);
  });
});

describe('the rate limit', () => {
  it('lets a burst of one period through, then the rate', () => {
    const limit = new RateLimit({ count: 10, perMs: 1000 }, 0);
    expect(limit.available(0)).toBe(10);
    limit.spend(10);
    expect(limit.available(0)).toBe(0);
    expect(limit.waitMs(0)).toBe(100);
    expect(limit.available(100)).toBe(1);
    expect(limit.available(100_000)).toBe(10);
  });

  it('is none without a rate', () => {
    const limit = new RateLimit(undefined, 0);
    expect(limit.available(0)).toBe(Number.POSITIVE_INFINITY);
    expect(limit.waitMs(0)).toBe(0);
  });
});
