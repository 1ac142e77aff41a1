import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { maxLead, patience, ReadAhead, type Reader } from '../../src/dispatch/read-ahead.ts';
import { rememberedEntries } from '../../src/examine/examiner.ts';

describe('consumers that read the spool at the same time', () => {
  let rung: string[] = [];
  let readAhead: ReadAhead;
  const look = (): void => {
    vi.advanceTimersByTime(patience.everyMs);
  };
  const join = (name: string, at = 0) => readAhead.join(at, () => rung.push(name));
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    rung = [];
    readAhead = new ReadAhead();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is nobody’s concern who reads alone', () => {
    const alone = join('alone');
    alone.moved(1_000_000);
    expect(alone.room(1_000_000)).toBeGreaterThan(0);
  });

  it('lets one be maxLead ahead, and wakes the loop when the other has come on', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead);
    expect(fast.room(maxLead)).toBeGreaterThan(0);
    fast.moved(maxLead + 1);
    expect(fast.room(maxLead + 1)).toBe(0);
    expect(slow.room(0)).toBeGreaterThan(0);
    slow.moved(1);
    expect(rung).toEqual(['fast']);
    expect(fast.room(maxLead + 1)).toBeGreaterThan(0);
  });

  it('leaves one behind that does not come on in time, and wakes the loop for it without news', () => {
    const fast = join('fast');
    join('stuck');
    fast.moved(maxLead + 1);
    for (let looks = 0; looks < patience.looks; looks++) {
      expect(fast.room(maxLead + 1)).toBe(0);
      look();
    }
    expect(rung).toEqual(new Array(patience.looks).fill('fast'));
    expect(fast.room(maxLead + 1)).toBeGreaterThan(0);
    fast.moved(1_000_000);
    expect(fast.room(1_000_000)).toBeGreaterThan(0);
  });

  it('has nobody read so far ahead that what is remembered is gone when the other one comes', () => {
    const fast = join('fast');
    join('slow');
    expect(fast.room(0)).toBe(rememberedEntries);
    fast.moved(maxLead);
    expect(fast.room(maxLead)).toBe(rememberedEntries - maxLead);
  });

  it('lets nobody wait for one that follows, which waits for the others', () => {
    const fast = join('fast');
    const follower = readAhead.join(0, () => rung.push('follower'), true);
    fast.moved(10 * maxLead);
    expect(fast.room(10 * maxLead)).toBeGreaterThan(0);
    expect(follower.room(0)).toBeGreaterThan(0);
    follower.moved(11 * maxLead + 1);
    expect(follower.room(11 * maxLead + 1)).toBe(0);
  });

  it('leaves one behind that comes on too slowly', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead + 300);
    for (let at = 1; at <= patience.looks; at++) {
      expect(fast.room(maxLead + 300)).toBe(0);
      look();
      slow.moved(at);
    }
    expect(fast.room(maxLead + 300)).toBeGreaterThan(0);
  });

  it('goes on waiting for one that takes its share, of two half of the entries', () => {
    const fast = join('fast');
    const busy = join('busy');
    const step = patience.entries / 2;
    for (let at = 0; at < 100_000; at += step) {
      fast.moved(at + maxLead + 300);
      for (let looks = 1; looks < patience.looks; looks++) {
        expect(fast.room(at + maxLead + 300)).toBe(0);
        look();
      }
      busy.moved(at + step);
    }
  });

  /** Begins with one that has read up to 0 and is no longer waited for, while the other has read 1,000. */
  function leftBehind(): { readonly fast: Reader; readonly slow: Reader } {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(1000);
    while (fast.room(1000) === 0) look();
    return { fast, slow };
  }

  it('waits again for one that has caught up', () => {
    const { fast, slow } = leftBehind();
    slow.moved(1000);
    fast.moved(1000 + maxLead + 1);
    expect(fast.room(1000 + maxLead + 1)).toBe(0);
  });

  it('waits again for one that comes half as far as the others, though it has not caught up', () => {
    const { fast, slow } = leftBehind();
    fast.moved(1500);
    expect(fast.room(1500)).toBeGreaterThan(0);
    slow.moved(600);
    expect(fast.room(1500)).toBe(0);
  });

  it('does not wait again for one that comes less than half as far', () => {
    const { fast, slow } = leftBehind();
    fast.moved(2400);
    slow.moved(600);
    expect(fast.room(2400)).toBeGreaterThan(0);
  });

  it('forgets one that leaves, and wakes the loop', () => {
    const fast = join('fast');
    const slow = join('slow');
    fast.moved(maxLead + 1);
    expect(fast.room(maxLead + 1)).toBe(0);
    slow.leave();
    expect(rung).toEqual(['fast']);
    expect(fast.room(maxLead + 1)).toBeGreaterThan(0);
  });

  it('is not set by one that begins far behind', () => {
    const fast = join('fast', 50_000);
    fast.moved(60_000);
    join('new', 0);
    fast.moved(70_000);
    expect(fast.room(70_000)).toBeGreaterThan(0);
  });
});
