import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryIds, maxLogNumber, parseEntryId } from '../../src/spool/entry-id.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const position = fc.integer({ min: 1, max: 2 ** 50 - 1 });

describe('the id of an entry', () => {
  it('is read back to what it was made of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxLogNumber - 1 }), time, position, (logNumber, receivedAt, at) => {
        const id = entryIds(logNumber)(receivedAt, at);
        expect(id).toHaveLength(26);
        expect(parseEntryId(id)).toEqual({ receivedAt, logNumber, position: at });
        expect(parseEntryId(id.toLowerCase())).toEqual({ receivedAt, logNumber, position: at });
      }),
    );
  });

  it('sorts by time, then by position', () => {
    const idOf = entryIds(77);
    fc.assert(
      fc.property(fc.tuple(time, position), fc.tuple(time, position), (a, b) => {
        const expected = Math.sign(a[0] - b[0]) || Math.sign(a[1] - b[1]);
        const [left, right] = [idOf(...a), idOf(...b)];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(expected);
      }),
    );
  });

  it.each(['', 'x', '0123', 'U'.repeat(26), `${'0'.repeat(25)}.`, '0'.repeat(27)])('is not %j', (text) => {
    expect(parseEntryId(text)).toBeUndefined();
  });
});
