import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { maxLead, patienceMs, ReadAhead } from '../../src/dispatch/read-ahead.ts';

describe('consumers that read the spool at the same time', () => {
  let now = 0;
  let rung: string[] = [];
  let readAhead: ReadAhead;
  const join = (name: string, at = 0) => readAhead.join(at, () => rung.push(name));
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    now = 1_000;
    rung = [];
    readAhead = new ReadAhead(() => now);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is nobody’s concern who reads alone', () => {
    const alone = join('alone');
    alone.moved(1_000_000);
    expect(alone.mayRead(1_000_000)).toBe(true);
  });

  it('lets one be maxLead ahead, and wakes the loop when the other has come on', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead);
    expect(fast.mayRead(maxLead)).toBe(true);
    fast.moved(maxLead + 1);
    expect(fast.mayRead(maxLead + 1)).toBe(false);
    expect(slow.mayRead(0)).toBe(true);
    slow.moved(1);
    expect(rung).toEqual(['fast']);
    expect(fast.mayRead(maxLead + 1)).toBe(true);
  });

  it('leaves one behind that does not come on in time, and wakes the loop for it without news', () => {
    const fast = join('fast');
    join('stuck');
    fast.moved(maxLead + 1);
    expect(fast.mayRead(maxLead + 1)).toBe(false);
    now += patienceMs;
    vi.advanceTimersByTime(patienceMs);
    expect(rung).toEqual(['fast']);
    expect(fast.mayRead(maxLead + 1)).toBe(true);
    fast.moved(1_000_000);
    expect(fast.mayRead(1_000_000)).toBe(true);
  });

  it('lets nobody wait for one that follows, which waits for the others', () => {
    const fast = join('fast');
    const follower = readAhead.join(0, () => rung.push('follower'), true);
    fast.moved(10 * maxLead);
    expect(fast.mayRead(10 * maxLead)).toBe(true);
    expect(follower.mayRead(0)).toBe(true);
    follower.moved(11 * maxLead + 1);
    expect(follower.mayRead(11 * maxLead + 1)).toBe(false);
  });

  it('leaves one behind that comes on too slowly', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead + 300);
    expect(fast.mayRead(maxLead + 300)).toBe(false);
    for (let at = 1; at <= patienceMs; at++) {
      now += 1;
      slow.moved(at);
    }
    expect(fast.mayRead(maxLead + 300)).toBe(true);
  });

  it('goes on waiting for one that keeps coming on', () => {
    const fast = join('fast');
    const busy = join('busy');
    for (let at = 0; at < 100_000; at += 400) {
      fast.moved(at + maxLead + 300);
      expect(fast.mayRead(at + maxLead + 300)).toBe(false);
      now += patienceMs - 1;
      busy.moved(at + 400);
      expect(fast.mayRead(at + maxLead + 300)).toBe(true);
    }
  });

  it('waits again for one that has caught up', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(10_000);
    fast.mayRead(10_000);
    now += patienceMs;
    expect(fast.mayRead(10_000)).toBe(true);
    slow.moved(10_000);
    fast.moved(10_000 + maxLead + 1);
    expect(fast.mayRead(10_000 + maxLead + 1)).toBe(false);
  });

  it('forgets one that leaves, and wakes the loop', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead + 1);
    expect(fast.mayRead(maxLead + 1)).toBe(false);
    slow.leave();
    expect(rung).toEqual(['fast']);
    expect(fast.mayRead(maxLead + 1)).toBe(true);
  });

  it('is not set by one that begins far behind', () => {
    const fast = join('fast', 50_000);
    fast.moved(60_000);
    join('new', 0);
    fast.moved(70_000);
    expect(fast.mayRead(70_000)).toBe(true);
  });
});
