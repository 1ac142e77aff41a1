import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from '../../../src/spool/memory/due-queue.ts';

describe('the queue of due times', () => {
  it('gives back every entry, the earliest first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), (times) => {
        const queue = new DueQueue(() => true);
        for (const at of times) queue.push({ at, position: 1, lane: `${at}` });
        const out = times.map(() => queue.pop()?.at);
        expect(out).toEqual([...times].sort((a, b) => a - b));
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });

  it('skips what no longer holds', () => {
    const queue = new DueQueue(({ lane }) => lane !== 'gone');
    queue.push({ at: 1, position: 1, lane: 'gone' });
    queue.push({ at: 2, position: 2, lane: 'here' });
    expect(queue.peek()).toEqual({ at: 2, position: 2, lane: 'here' });
  });
});
