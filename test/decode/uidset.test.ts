import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatUidset, parseUidset, type Uidset } from '../../src/decode/uidset.ts';
import { accepted, refused } from './outcome.ts';

const parsed = (text: string) => accepted(parseUidset(text));
const count = ({ ranges }: Uidset) => ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
const uidsOf = ({ ranges }: Uidset) =>
  ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

describe('a uidset', () => {
  it.each<[string, string, number]>([
    ['1', '1', 1],
    ['1:5', '1:5', 5],
    ['5:1', '1:5', 5],
    ['7:7', '7', 1],
    ['1,3,5', '1,3,5', 3],
    ['5,3,1', '1,3,5', 3],
    ['1,2,3', '1:3', 3],
    ['3,1,2', '1:3', 3],
    ['1:3,2:8,10', '1:8,10', 9],
    ['1:10,2:3', '1:10', 10],
    ['4,4,4', '4', 1],
    ['1:2,3:4', '1:4', 4],
    ['4294967295', '4294967295', 1],
    ['1:4294967295', '1:4294967295', 4294967295],
    ['*', '*', 1],
    ['5:*', '5:*', 4294967291],
    ['*:5', '5:*', 4294967291],
    ['1,*', '1,*', 2],
    ['*,1', '1,*', 2],
    ['*:*', '*', 1],
    ['4294967294,*', '4294967294:*', 2],
  ])('%s is written %s and names %i', (text, normal, uids) => {
    const uidset = parsed(text);
    expect(formatUidset(uidset)).toBe(normal);
    expect(count(uidset)).toBe(uids);
    expect(uidset.open).toBe(text.includes('*'));
  });

  it.each<[string, string, number]>([
    ['', 'has nothing at character 1', 0],
    ['0', 'has "0" at character 1', 0],
    ['01', 'has "01"', 0],
    ['4294967296', 'has "4294967296"', 0],
    ['99999999999', 'has "99999999999"', 0],
    ['-1', 'has "-1"', 0],
    ['1:', 'has "1:"', 0],
    [':1', 'has ":1"', 0],
    ['1:2:3', 'has "1:2:3"', 0],
    ['1:0', 'has "1:0"', 0],
    ['1,', 'has nothing at character 3', 2],
    [',1', 'has nothing at character 1', 0],
    ['1,,2', 'has nothing at character 3', 2],
    ['1, 2', 'has " 2" at character 3', 2],
    ['1:4,a', 'has "a" at character 5', 4],
    ['$', 'has "$"', 0],
    ['**', 'has "**"', 0],
    ['1\n', 'has "1\\n"', 0],
    ['١', 'has "١"', 0],
    ['1.5', 'has "1.5"', 0],
    [`${'1'.repeat(100)}`, `has "${'1'.repeat(40)}…"`, 0],
  ])('%j is refused', (text, message, byte) => {
    const problem = refused(parseUidset(text));
    expect(problem).toMatchObject({ stage: 'event', byte });
    expect(problem.message).toContain(message);
    expect(problem.message).toContain(' 4294967295');
  });

  it('means the same as a set of numbers', () => {
    const uid = fc.integer({ min: 1, max: 40 });
    const range = fc.tuple(uid, fc.option(uid));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 12 }), (ranges) => {
        const expected = new Set<number>();
        for (const [one, other] of ranges) {
          const [first, last] = [Math.min(one, other ?? one), Math.max(one, other ?? one)];
          for (let each = first; each <= last; each++) expected.add(each);
        }
        const text = ranges.map(([one, other]) => (other === null ? `${one}` : `${one}:${other}`)).join(',');
        const uidset = parsed(text);
        expect(uidsOf(uidset)).toEqual([...expected].sort((a, b) => a - b));
        expect(parsed(formatUidset(uidset))).toEqual(uidset);
        for (const [at, { first }] of uidset.ranges.entries()) {
          if (at > 0) expect(first).toBeGreaterThan((uidset.ranges[at - 1]?.last ?? 0) + 1);
        }
      }),
    );
  });

  it('of very many is read in one go', () => {
    const text = Array.from({ length: 200_000 }, (_, index) => 2 * index + 1).join(',');
    expect(count(parsed(text))).toBe(200_000);
    expect(formatUidset(parsed(`${text},500000:500001`))).toBe(`${text},500000:500001`);
  });

  it('never throws, whatever the text', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'0129:,*$ -+.'), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
        const outcome = parseUidset(text);
        if (outcome.ok) expect(parsed(formatUidset(outcome.value))).toEqual(outcome.value);
      }),
      { numRuns: 2_000 },
    );
  });
});
