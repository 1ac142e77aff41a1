import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RawRequest, type RequestFormat, withOwnBytes } from '../../../../src/base/request.ts';
import {
  type Chunk,
  costOf,
  costOfPacked,
  headOf,
  openChunk,
  packChunk,
  unpackOne,
} from '../../../../src/spool/lmdb/log/chunk.ts';

const formats: readonly RequestFormat[] = ['datagram', 'event', 'cloudevent', 'dovecot', 'dlist'];

const request: fc.Arbitrary<RawRequest> = fc
  .tuple(
    fc.constantFrom(...formats),
    fc.uint8Array({ maxLength: 300 }),
    fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }),
  )
  .map(([format, bytes, number]) => {
    const request = { format, bytes: Buffer.from(bytes) };
    if (number === undefined) return request;
    // A sender on the network has nothing cut off.
    return format === 'dovecot' ? { ...request, source: number } : { ...request, truncatedFrom: number };
  });
const requests = fc.array(request, { maxLength: 20 });
const bounded = { numRuns: 100 };

/** All of a chunk; undefined for a request that is damaged. */
function unpackChunk(packed: Buffer): { receivedAt: number; requests: (RawRequest | undefined)[] } | undefined {
  const chunk = openChunk(packed);
  if (chunk === undefined) return undefined;
  const { receivedAt, count } = chunk;
  return { receivedAt, requests: Array.from({ length: count }, (_, i) => requestIn(chunk, i)) };
}

function requestIn(chunk: Chunk, index: number): RawRequest | undefined {
  const bytes = chunk.bytes(index);
  return bytes && chunk.request(index, bytes);
}

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

  it('is kept in memory by what it holds, which is a view of it, but not by an entry with its own bytes', () => {
    const texts = ['one', 'two'].map((text): RawRequest => ({ format: 'event', bytes: Buffer.from(text) }));
    const chunk = openChunk(packChunk(texts, 1));
    if (chunk === undefined) throw new Error('it is damaged');
    const memory = [0, 1].map((index) => requestIn(chunk, index)?.bytes.buffer);
    expect(memory[0]).toBe(memory[1]);
    const request = requestIn(chunk, 1);
    if (request === undefined) throw new Error('there is none');
    const own = withOwnBytes({ position: 2, id: 'ID2', receivedAt: 1, request }).request;
    expect(own).toEqual({ format: 'event', bytes: Uint8Array.from(Buffer.from('two')) });
    expect(own.bytes.buffer.byteLength).toBe(3);
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
          expect(at).toBeLessThan(20 + 24 * packed.length);
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

  it('keeps a format by its name, whatever it is, and refuses one that is too long for it', () => {
    const bytes = Buffer.from('x');
    for (const name of ['jmap', 'twelve-bytes']) {
      const one: RawRequest = { format: name as RequestFormat, bytes };
      expect(unpackOne(packChunk([one], 1), 0)?.request).toEqual(one);
    }
    expect(() => packChunk([{ format: 'thirteen-byte' as RequestFormat, bytes }], 1)).toThrow('too long');
  });

  it('of version 1, as belfry 0.1.0 wrote it, is read as well, and counts the same', () => {
    const written = formats.map((format, i) => ({ format, bytes: Buffer.from(`request ${i}`) }));
    const chunk = version1(written, 1e12);
    expect(unpackChunk(chunk)).toEqual({ receivedAt: 1e12, requests: written });
    for (const [i, one] of written.entries()) {
      expect(unpackOne(chunk, i)).toEqual({ receivedAt: 1e12, request: one });
      expect(costOfPacked(version1([one], 0))).toBe(costOf(one));
    }
    expect(headOf(chunk)).toEqual({ ...headOf(packChunk(written, 1e12)) });
    expect(unpackChunk(version1([{ format: 'jmap' as RequestFormat, bytes: Buffer.from('x') }], 1))?.requests).toEqual([
      undefined,
    ]);
  });
});

/** As the code of 0.1.0 packs it. */
function version1(requests: readonly RawRequest[], receivedAt: number): Buffer {
  const rows = requests.map(({ format, bytes }) => {
    const row = Buffer.alloc(16);
    row.writeUInt32LE(bytes.length, 0);
    row.writeUInt32LE(crc32(bytes), 4);
    row.writeUInt32LE(formats.indexOf(format) >>> 0, 12);
    return row;
  });
  const head = Buffer.alloc(20);
  head.writeUInt32LE(1, 0);
  head.writeUInt32LE(requests.length, 4);
  head.writeDoubleLE(receivedAt, 8);
  const table = Buffer.concat(rows);
  head.writeUInt32LE(crc32(table, crc32(head.subarray(0, 16))), 16);
  return Buffer.concat([head, table, ...requests.map(({ bytes }) => bytes)]);
}
