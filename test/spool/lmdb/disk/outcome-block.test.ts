import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Position } from '../../../../src/base/request.ts';
import { blockSpan, packOutcomes, partOfBlock, runsOf } from '../../../../src/spool/lmdb/disk/outcome-block.ts';
import type { OutcomeGroup } from '../../../../src/spool/spool.ts';

const group = fc.record({
  outcome: fc.constantFrom<OutcomeGroup['outcome']>(
    { state: 'delivered', attempts: 1 },
    { state: 'delivered', attempts: 1, detail: '202' },
    { state: 'delivered', attempts: 3, detail: '202' },
    { state: 'filtered', option: 'event_groups', detail: 'flags is off' },
    { state: 'dropped', detail: 'by an administrator' },
  ),
  at: fc.integer({ min: 1, max: 1_000 }),
  positions: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 2 ** 40 - 1 }))),
});

/** What is told of each position, without the time. */
function told(blocks: ReturnType<typeof packOutcomes>): Map<Position, string> {
  const found = new Map<Position, string>();
  for (const placed of blocks) {
    expect(placed.block.to - placed.from).toBeLessThan(blockSpan);
    for (const { from, to, outcome } of runsOf(placed)) {
      const { at: _, ...what } = outcome;
      for (let position = from; position <= to; position++) {
        expect(found.has(position)).toBe(false);
        found.set(position, JSON.stringify(what));
      }
    }
  }
  return found;
}

describe('a block of outcomes', () => {
  it('tells of every position what was said last, and of no other', () => {
    fc.assert(
      fc.property(fc.array(group), (groups) => {
        const expected = new Map<Position, string>();
        for (const { outcome, positions } of groups) {
          for (const position of positions) expected.set(position, JSON.stringify(outcome));
        }
        expect(told(packOutcomes(groups))).toEqual(expected);
      }),
    );
  });

  it('keeps a part of itself', () => {
    fc.assert(
      fc.property(fc.array(group), fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (groups, wanted) => {
        const blocks = packOutcomes(groups);
        const part = blocks.flatMap((placed) => partOfBlock(placed, new Set(wanted)));
        const expected = [...told(blocks)].filter(([position]) => wanted.includes(position));
        expect(told(part)).toEqual(new Map(expected));
      }),
    );
  });

  it('is one run with one time for what went well at the first attempt, however many steps it took', () => {
    const groups = Array.from({ length: 200 }, (_, i) => ({
      outcome: { state: 'delivered', attempts: 1, detail: '202' } as const,
      at: 1000 + i,
      positions: Array.from({ length: 20 }, (_, k) => 200 * k + i + 1),
    }));
    const [placed, ...more] = packOutcomes(groups);
    expect(more).toEqual([]);
    expect(placed?.block.runs).toEqual([4000, 1]);
    expect(placed?.block.outcomes).toEqual([{ state: 'delivered', attempts: 1, detail: '202', at: 1000 }]);
  });

  it('has the time of each that needed more attempts', () => {
    const groups = [1, 2].map((position) => ({
      outcome: { state: 'delivered', attempts: 2 } as const,
      at: 5000 * position,
      positions: [position],
    }));
    expect(packOutcomes(groups)[0]?.block.outcomes.map(({ at }) => at)).toEqual([5000, 10_000]);
  });

  it('keeps 200 characters of an answer', () => {
    const outcome = { state: 'delivered', attempts: 1, detail: 'x'.repeat(5000) } as const;
    expect(packOutcomes([{ outcome, at: 1, positions: [1] }])[0]?.block.outcomes[0]?.detail).toHaveLength(200);
  });
});
