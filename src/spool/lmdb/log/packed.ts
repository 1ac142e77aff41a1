/** Requests on their way into the log: how they are divided into chunks, and chunks that another thread has packed. */
import type { RawRequest, StoredRun } from '../../../base/request.ts';
import { costOf, packChunk, packRequests, sealChunk } from './chunk.ts';

/** A chunk is closed when it has so many bytes or requests: it is read as a whole. */
const chunkBytes = 512 * 1024;
const chunkRequests = 4096;

/** A chunk but for the time, see `packRequests`. Its bytes have an ArrayBuffer of their own. */
export interface PackedChunk {
  readonly bytes: Uint8Array;
  /** Of its requests. */
  readonly count: number;
  /** What they count for, see `costOf`. */
  readonly cost: number;
}

/** What is appended together: requests as they came, or chunks that are packed already. */
export type Batch =
  | { readonly requests: readonly RawRequest[]; readonly run?: StoredRun }
  | { readonly packed: readonly PackedChunk[] };

/** A chunk that is yet to be made. */
export interface Piece {
  readonly count: number;
  readonly cost: number;
  pack(receivedAt: number): Buffer;
}

/** Bounded work for the thread that appends: nothing of a packed chunk is looked at but its table. */
export function packAll(requests: readonly RawRequest[]): readonly PackedChunk[] {
  return intoChunks(requests).map((chunk) => ({
    bytes: packRequests(chunk, Buffer.allocUnsafeSlow),
    count: chunk.length,
    cost: sumOfCosts(chunk),
  }));
}

/** The chunks of batches that are appended in one transaction; requests of neighbours share them. */
export function piecesOf(batches: readonly Batch[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let plain: RawRequest[] = [];
  const flush = (): void => {
    for (const requests of intoChunks(plain)) {
      const pack = (receivedAt: number): Buffer => packChunk(requests, receivedAt);
      pieces.push({ count: requests.length, cost: sumOfCosts(requests), pack });
    }
    plain = [];
  };
  for (const batch of batches) {
    if ('requests' in batch) for (const request of batch.requests) plain.push(request);
    else {
      flush();
      for (const { bytes, count, cost } of batch.packed) {
        const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        pieces.push({ count, cost, pack: (receivedAt) => sealChunk(chunk, receivedAt) });
      }
    }
  }
  flush();
  return pieces;
}

export function countOf(batch: Batch): number {
  return 'requests' in batch ? batch.requests.length : batch.packed.reduce((sum, { count }) => sum + count, 0);
}

export function costOfBatch(batch: Batch): number {
  return 'requests' in batch ? sumOfCosts(batch.requests) : batch.packed.reduce((sum, { cost }) => sum + cost, 0);
}

function sumOfCosts(requests: readonly RawRequest[]): number {
  let sum = 0;
  for (const request of requests) sum += costOf(request);
  return sum;
}

function intoChunks(requests: readonly RawRequest[]): readonly (readonly RawRequest[])[] {
  const chunks: RawRequest[][] = [];
  let chunk: RawRequest[] = [];
  let bytes = 0;
  for (const request of requests) {
    if (chunk.length > 0 && (chunk.length >= chunkRequests || bytes + request.bytes.byteLength > chunkBytes)) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(request);
    bytes += request.bytes.byteLength;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}
