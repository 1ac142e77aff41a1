/**
 * How a batch of requests is one value of the log: a head, a table, the bytes of all requests one after the other. One
 * value for a batch costs the database a hundredth of one value for each request. Every part has its own checksum, so
 * that damage costs the requests it has hit and no others, and one request can be taken out without reading the rest.
 *
 *     u8 version (2), u8 0, u16 0, u32 count, f64 receivedAt, u32 checksum of the table
 *     count × (u32 length, u32 checksum of the bytes, u32 size before it was cut or 0, 12 bytes format)
 *     count × bytes
 *
 * The format is its name, filled up with NUL, so that a new one changes nothing here. A name of up to 7 characters leaves the
 * last 4 of the 12 bytes for the source of the request, a u32, or 0. In version 1, which belfry 0.1.0 wrote, the format is a
 * u32: a place in a list that never grows again.
 */
import { crc32 } from 'node:zlib';
import type { RawRequest, RequestFormat } from '../../../base/request.ts';
import { bufferOf } from '../disk/binary.ts';

const headLength = 20;
const maxUint32 = 2 ** 32 - 1;
const formatAt = 12;
const maxFormatLength = 12;
const sourceAt = formatAt + 8;
/** Of a format whose requests have a source: a NUL ends its name. */
const maxSourcedLength = 7;

/** Of each version of a chunk: how long a row of its table is, and how the format of a request is read from it. */
interface Layout {
  readonly rowLength: number;
  /** Undefined where no version of belfry has written such a row. */
  formatIn(chunk: Buffer, row: number): RequestFormat | undefined;
  /** 0 where there is none. */
  sourceIn(chunk: Buffer, row: number): number;
}

const formatsOfVersion1: readonly RequestFormat[] = ['datagram', 'event', 'cloudevent', 'dovecot', 'dlist'];
const layouts: Readonly<Record<number, Layout>> = {
  1: {
    rowLength: 16,
    formatIn: (chunk, row) => formatsOfVersion1[chunk.readUInt32LE(row + formatAt)],
    sourceIn: () => 0,
  },
  2: { rowLength: formatAt + maxFormatLength, formatIn: formatNamed, sourceIn },
};
const version = 2;
const rowLength = formatAt + maxFormatLength;

const datagram = Buffer.from('datagram');
const [datagramBegin, datagramEnd] = [datagram.readUInt32LE(0), datagram.readUInt32LE(4)];

/** Which formats there are is not for the spool to know: `decode/raw.ts` says so of one that nobody can read. */
function formatNamed(chunk: Buffer, row: number): RequestFormat {
  const at = row + formatAt;
  // Nearly all, without making a text of it.
  const isDatagram = chunk.readUInt32LE(at) === datagramBegin && chunk.readUInt32LE(at + 4) === datagramEnd;
  if (isDatagram && chunk.readUInt32LE(at + 8) === 0) return 'datagram';
  const name = chunk.toString('latin1', at, at + maxFormatLength);
  const end = name.indexOf('\0');
  return (end < 0 ? name : name.slice(0, end)) as RequestFormat;
}

function sourceIn(chunk: Buffer, row: number): number {
  return chunk[row + formatAt + maxSourcedLength] === 0 ? chunk.readUInt32LE(row + sourceAt) : 0;
}

/** What a request counts for in `spool_max_size`: its bytes, and what surrounds it. */
export function costOf(request: RawRequest): number {
  return request.bytes.byteLength + 64;
}

/** The same of a chunk that holds one request. */
export function costOfPacked(chunk: Uint8Array): number {
  const rows = layouts[chunk[0] ?? 0]?.rowLength ?? rowLength;
  return chunk.byteLength - headLength - rows + 64;
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
  for (const { bytes, truncatedFrom = 0, format, source = 0 } of requests) {
    chunk.writeUInt32LE(bytes.byteLength, row);
    chunk.writeUInt32LE(crc32(bytes), row + 4);
    chunk.writeUInt32LE(Math.min(truncatedFrom, maxUint32), row + 8);
    writeFormat(chunk, format, row + formatAt);
    if (source !== 0 && format.length <= maxSourcedLength) chunk.writeUInt32LE(source, row + sourceAt);
    row += rowLength;
    chunk.set(bytes, at);
    at += bytes.byteLength;
  }
  chunk.writeUInt32LE(version, 0);
  chunk.writeUInt32LE(requests.length, 4);
  return chunk;
}

function writeFormat(chunk: Buffer, format: RequestFormat, at: number): void {
  if (format.length > maxFormatLength) throw new Error(`the name of the format ${format} is too long for the spool`);
  chunk.fill(0, at, at + maxFormatLength);
  chunk.write(format, at, 'latin1');
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

/** A chunk whose requests are taken out one by one, as they are asked for. */
export interface Chunk {
  readonly receivedAt: number;
  readonly count: number;
  /** The bytes of the request at this index, undefined when they are damaged. A view: it keeps all of the chunk in memory. */
  bytes(index: number): Buffer | undefined;
  /** The request at this index, whose `bytes` these are. */
  request(index: number, bytes: Buffer): RawRequest;
}

/**
 * Opens a chunk; undefined when its head or its table is damaged. Keeps a copy of the whole, so that `packed` may be
 * overwritten afterwards, and looks at a request, and makes objects for it, when it is asked for: of a flood of requests that nobody
 * can use, most are passed over.
 */
export function openChunk(packed: Uint8Array): Chunk | undefined {
  const chunk = Buffer.from(packed);
  const table = tableOf(chunk);
  if (table === undefined) return undefined;
  const { layout, count, receivedAt, end } = table;
  // Where each request begins, and where the last one ends.
  const begins = new Float64Array(count + 1);
  for (let index = 0, row = headLength, at = end; index <= count; index++, row += layout.rowLength) {
    begins[index] = at;
    if (index < count) at += chunk.readUInt32LE(row);
  }
  return {
    receivedAt,
    count,
    bytes(index) {
      const view = chunk.subarray(begins[index], begins[index + 1]);
      return isWhole(chunk, layout, headLength + layout.rowLength * index, view) ? view : undefined;
    },
    request: (index, bytes) => requestAt(chunk, layout, headLength + layout.rowLength * index, bytes),
  };
}

/** Takes one request out of a chunk; undefined when it is damaged. Copies it. */
export function unpackOne(packed: Uint8Array, index: number): { receivedAt: number; request: RawRequest } | undefined {
  const chunk = bufferOf(packed);
  const table = tableOf(chunk);
  if (table === undefined || index >= table.count) return undefined;
  const { layout, receivedAt, end } = table;
  let at = end;
  const row = headLength + layout.rowLength * index;
  for (let before = headLength; before < row; before += layout.rowLength) at += chunk.readUInt32LE(before);
  const view = chunk.subarray(at, at + chunk.readUInt32LE(row));
  if (!isWhole(chunk, layout, row, view)) return undefined;
  return { receivedAt, request: requestAt(chunk, layout, row, Buffer.from(view)) };
}

interface Table {
  readonly layout: Layout;
  readonly count: number;
  readonly receivedAt: number;
  readonly end: number;
}

function tableOf(chunk: Buffer): Table | undefined {
  const layout = chunk.length < headLength ? undefined : layouts[chunk.readUInt32LE(0)];
  if (layout === undefined) return undefined;
  const count = chunk.readUInt32LE(4);
  const end = headLength + layout.rowLength * count;
  if (end > chunk.length || chunk.readUInt32LE(16) !== tableChecksum(chunk, end)) return undefined;
  return { layout, count, receivedAt: chunk.readDoubleLE(8), end };
}

/** What the index says of a chunk; undefined when its head or its table is damaged. */
export function headOf(packed: Uint8Array): { count: number; receivedAt: number; cost: number } | undefined {
  const table = tableOf(bufferOf(packed));
  if (table === undefined) return undefined;
  const { count, receivedAt, end } = table;
  return { count, receivedAt, cost: packed.length - end + 64 * count };
}

function isWhole(chunk: Buffer, layout: Layout, row: number, bytes: Buffer): boolean {
  return layout.formatIn(chunk, row) !== undefined && crc32(bytes) === chunk.readUInt32LE(row + 4);
}

/** Of one that is whole. */
function requestAt(chunk: Buffer, layout: Layout, row: number, bytes: Buffer): RawRequest {
  const format = layout.formatIn(chunk, row) ?? 'datagram';
  const truncatedFrom = chunk.readUInt32LE(row + 8);
  if (truncatedFrom > 0) return { format, bytes, truncatedFrom };
  const source = layout.sourceIn(chunk, row);
  return source > 0 ? { format, bytes, source } : { format, bytes };
}
