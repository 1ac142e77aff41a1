import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '../../../../src/base/request.ts';
import { costOf, costOfPacked, packChunk, unpackChunk, unpackOne } from '../../../../src/spool/lmdb/log/chunk.ts';

const request: fc.Arbitrary<RawRequest> = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }))
  .map(([bytes, truncatedFrom]) => ({
    format: 'datagram',
    bytes: Buffer.from(bytes),
    ...(truncatedFrom === undefined ? {} : { truncatedFrom }),
  }));
const requests = fc.array(request, { maxLength: 20 });
const bounded = { interruptAfterTimeLimit: 500 };

describe('a chunk', () => {
  it('gives back what was packed, all of it and one by one', () => {
    fc.assert(
      fc.property(requests, fc.double({ noNaN: true }), (packed, receivedAt) => {
        const chunk = packChunk(packed, receivedAt);
        expect(unpackChunk(chunk)).toEqual({ receivedAt, requests: packed });
        for (const [i, one] of packed.entries()) expect(unpackOne(chunk, i)).toEqual({ receivedAt, request: one });
        expect(unpackOne(chunk, packed.length)).toBeUndefined();
      }),
      bounded,
    );
  });

  it('of one request says what the request counts for', () => {
    fc.assert(
      fc.property(request, (one) => {
        expect(costOfPacked(packChunk([one], 0))).toBe(costOf(one));
      }),
      bounded,
    );
  });

  it('that is damaged loses what was hit and invents nothing', () => {
    const damage = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(requests, damage, (packed, [place, change]) => {
        const chunk = packChunk(packed, 1e12);
        const at = place % chunk.length;
        chunk.writeUInt8(chunk.readUInt8(at) ^ change, at);
        const found = unpackChunk(chunk);
        if (found === undefined) {
          expect(at).toBeLessThan(20 + 16 * packed.length);
          return;
        }
        expect(found.receivedAt).toBe(1e12);
        const lost = found.requests.filter((one, i) => {
          if (one !== undefined) expect(one).toEqual(packed[i]);
          return one === undefined;
        });
        expect(lost).toHaveLength(1);
      }),
      bounded,
    );
  });

  it('that was cut off, or is none, is told from one', () => {
    fc.assert(
      fc.property(requests, fc.nat(), (packed, place) => {
        const chunk = packChunk([...packed, { format: 'datagram', bytes: Buffer.from('last') }], 5);
        const cut = unpackChunk(chunk.subarray(0, place % chunk.length));
        expect(cut?.requests.at(-1)).toBeUndefined();
      }),
      bounded,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(5), (bytes, index) => {
        expect(unpackChunk(Buffer.from(bytes))).toBeUndefined();
        expect(unpackOne(Buffer.from(bytes), index)).toBeUndefined();
      }),
      bounded,
    );
  });
});
