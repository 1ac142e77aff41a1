/**
 * How a batch of requests is one value of the log: a head, a table, the bytes of all requests behind each other. One
 * value for a batch costs the database a hundredth of one value for each request. Every part has its own checksum, so
 * that damage costs the requests it has hit and no others, and one request can be taken out without reading the rest.
 *
 *     u8 version, u8 0, u16 0, u32 count, f64 receivedAt, u32 checksum of the table
 *     count × (u32 length, u32 checksum of the bytes, u32 size before it was cut or 0, u32 format)
 *     count × bytes
 */
import { crc32 } from 'node:zlib';
import type { RawRequest, RequestFormat } from '../../../base/request.ts';
import { bufferOf } from '../disk/binary.ts';

const version = 1;
const headLength = 20;
const rowLength = 16;
const maxUint32 = 2 ** 32 - 1;

/** Place in this list is what stands in the file: new formats go to its end. */
const formats: readonly RequestFormat[] = ['datagram', 'event', 'cloudevent', 'dovecot', 'dlist'];

/** What a request counts for in `spool_max_size`: its bytes, and what surrounds it. */
export function costOf(request: RawRequest): number {
  return request.bytes.byteLength + 64;
}

/** The same of a chunk that holds one request. */
export function costOfPacked(chunk: Uint8Array): number {
  return chunk.byteLength - headLength - rowLength + 64;
}

/** Packs requests that arrived at the same time. */
export function packChunk(requests: readonly RawRequest[], receivedAt: number): Buffer {
  return sealChunk(packRequests(requests), receivedAt);
}

/**
 * All of the packing that takes long: the bytes are copied and their checksums made. The result is a chunk once it is
 * sealed. `allocate` as `Buffer.allocUnsafe`, which it is by default.
 */
export function packRequests(requests: readonly RawRequest[], allocate = Buffer.allocUnsafe): Buffer {
  const tableEnd = headLength + rowLength * requests.length;
  let size = tableEnd;
  for (const { bytes } of requests) size += bytes.byteLength;
  const chunk = allocate(size);
  let row = headLength;
  let at = tableEnd;
  for (const { bytes, truncatedFrom = 0, format } of requests) {
    chunk.writeUInt32LE(bytes.byteLength, row);
    chunk.writeUInt32LE(crc32(bytes), row + 4);
    chunk.writeUInt32LE(Math.min(truncatedFrom, maxUint32), row + 8);
    chunk.writeUInt32LE(formats.indexOf(format), row + 12);
    row += rowLength;
    chunk.set(bytes, at);
    at += bytes.byteLength;
  }
  chunk.writeUInt32LE(version, 0);
  chunk.writeUInt32LE(requests.length, 4);
  return chunk;
}

/** Says when they arrived; the work depends on their number and not on their length. Answers the same bytes. */
export function sealChunk(chunk: Buffer, receivedAt: number): Buffer {
  chunk.writeDoubleLE(receivedAt, 8);
  chunk.writeUInt32LE(tableChecksum(chunk, headLength + rowLength * chunk.readUInt32LE(4)), 16);
  return chunk;
}

function tableChecksum(chunk: Buffer, tableEnd: number): number {
  return crc32(chunk.subarray(headLength, tableEnd), crc32(chunk.subarray(0, 16)));
}

export interface Chunk {
  readonly receivedAt: number;
  /** One for each request that was packed; undefined for one whose bytes are damaged. */
  readonly requests: readonly (RawRequest | undefined)[];
}

/**
 * Unpacks a chunk; undefined when its head or its table is damaged. Copies each request, so that one that is kept for
 * long does not keep all the others in memory, and `packed` may be overwritten afterwards.
 */
export function unpackChunk(packed: Uint8Array): Chunk | undefined {
  const chunk = bufferOf(packed);
  const table = tableOf(chunk);
  if (table === undefined) return undefined;
  const requests: (RawRequest | undefined)[] = [];
  let at = table.end;
  for (let index = 0; index < table.count; index++) {
    requests.push(requestAt(chunk, index, at));
    at += chunk.readUInt32LE(headLength + rowLength * index);
  }
  return { receivedAt: table.receivedAt, requests };
}

/** Takes one request out of a chunk; undefined when it is damaged. Copies it. */
export function unpackOne(packed: Uint8Array, index: number): { receivedAt: number; request: RawRequest } | undefined {
  const chunk = bufferOf(packed);
  const table = tableOf(chunk);
  if (table === undefined || index >= table.count) return undefined;
  let at = table.end;
  for (let before = 0; before < index; before++) at += chunk.readUInt32LE(headLength + rowLength * before);
  const request = requestAt(chunk, index, at);
  return request && { receivedAt: table.receivedAt, request };
}

function tableOf(chunk: Buffer): { count: number; receivedAt: number; end: number } | undefined {
  if (chunk.length < headLength || chunk.readUInt32LE(0) !== version) return undefined;
  const count = chunk.readUInt32LE(4);
  const end = headLength + rowLength * count;
  if (end > chunk.length || chunk.readUInt32LE(16) !== tableChecksum(chunk, end)) return undefined;
  return { count, receivedAt: chunk.readDoubleLE(8), end };
}

/** What the index says of a chunk; undefined when its head or its table is damaged. */
export function headOf(packed: Uint8Array): { count: number; receivedAt: number; cost: number } | undefined {
  const table = tableOf(bufferOf(packed));
  if (table === undefined) return undefined;
  const { count, receivedAt, end } = table;
  return { count, receivedAt, cost: packed.length - end + 64 * count };
}

function requestAt(chunk: Buffer, index: number, at: number): RawRequest | undefined {
  const row = headLength + rowLength * index;
  const part = chunk.subarray(at, at + chunk.readUInt32LE(row));
  const format = formats[chunk.readUInt32LE(row + 12)];
  if (format === undefined || crc32(part) !== chunk.readUInt32LE(row + 4)) return undefined;
  const truncatedFrom = chunk.readUInt32LE(row + 8);
  return { format, bytes: Buffer.from(part), ...(truncatedFrom > 0 ? { truncatedFrom } : {}) };
}
