/**
 * Throws away what nobody needs any more, a bounded step at a time. A chunk that every consumer has passed goes when its
 * time of retention is over; the requests in it that somebody has deferred move to a table of their own (`kept`), so
 * that one deferred request never holds hundreds of others. A row of that table goes when nobody has it deferred.
 */
import type { Position } from '../../../base/request.ts';
import type { SpoolOptions } from '../../engine.ts';
import { bytesOf } from '../disk/binary.ts';
import type { CursorFile } from '../disk/cursor-file.ts';
import { growthOf, leavesToOthers } from '../disk/file-room.ts';
import type { ChunkRow, ConsumerNumber, LogRecord, Store } from '../disk/store.ts';
import type { Prepared } from '../disk/transactions.ts';
import { costOfPacked, packChunk, unpackOne } from './chunk.ts';
import { Retention } from './retention.ts';

interface TrimStep extends Prepared<boolean> {
  /** The record of the log after it. */
  readonly record: LogRecord;
}

/** What one step looks at. */
const chunksOfStep = 64;
const keptOfStep = 128;
/** Requests that one step moves, and their bytes; a chunk is moved as a whole. */
const movesOfStep = 1024;
const moveBytesOfStep = 8 * 1024 * 1024;

/** The owner under which the log itself keeps requests. */
const ownerLog: ConsumerNumber = 0;

interface Move {
  readonly position: Position;
  readonly cost: number;
  readonly packed: Buffer;
}

interface Found {
  readonly chunks: Position[];
  readonly moves: Move[];
  readonly settled: Position[];
  freed: number;
  movedBytes: number;
}

export class Trimmer {
  readonly #store: Store;
  readonly #cursors: CursorFile;
  readonly #limits: SpoolOptions;
  readonly #retention: Retention;
  /** Where the next look at `kept` begins. It goes round and round. */
  #keptFrom: Position = 0;

  constructor(store: Store, cursors: CursorFile, limits: SpoolOptions) {
    this.#store = store;
    this.#cursors = cursors;
    this.#limits = limits;
    this.#retention = new Retention(store, limits.retentionMs);
  }

  /** Prepares one step; it answers whether the next may find something at once. `wanted`: bytes to be freed without regard to retention. */
  step(record: LogRecord, wanted: number): TrimStep {
    const found: Found = { chunks: [], moves: [], settled: [], freed: 0, movedBytes: 0 };
    const consumers = [...this.#store.consumers.getRange()].map(({ value }) => value);
    // As long as there is time, only cursors count that would survive a power cut; for the accounting, not for the entries.
    const newest = wanted > 0 ? consumers.map((consumer) => this.#cursors.newest(consumer)) : consumers;
    const passed = newest.reduce((least, { cursor }) => Math.min(least, cursor), record.last);
    const numbers = consumers.map(({ number }) => number);
    const retained = this.#retention.judge(passed, this.#limits.now());
    const moreKept = this.#lookAtKept(numbers, found);
    const moreChunks = this.#lookAtChunks(passed, retained.position, numbers, wanted, found);
    const more = moreKept || moreChunks;
    const { chunks, moves, settled, freed } = found;
    if (chunks.length + settled.length === 0 && retained.marks === undefined) return { record, done: () => more };
    const next = { ...record, bytes: record.bytes - freed };
    const operations = 2 * chunks.length + moves.length + settled.length + 2;
    const { chunks: chunkTable, index, kept, log, marks } = this.#store;
    return {
      record: next,
      write: {
        growth: growthOf(operations, sumOf(moves)),
        operations,
        valueBytes: sumOf(moves),
        leaves: moves.length > 0 ? leavesToOthers.trimmer : 0,
        put() {
          for (const key of chunks) {
            void chunkTable.remove(key);
            void index.remove(key);
          }
          for (const { position, packed } of moves) void kept.put([position, ownerLog], packed);
          for (const position of settled) void kept.remove([position, ownerLog]);
          if (retained.marks !== undefined) void marks.put('marks', retained.marks);
          void log.put('log', next);
        },
      },
      done: () => {
        if (retained.marks !== undefined) this.#retention.keep(retained.marks);
        return more;
      },
    };
  }

  #lookAtChunks(
    passed: Position,
    free: Position,
    consumers: readonly ConsumerNumber[],
    wanted: number,
    found: Found,
  ): boolean {
    let looked = 0;
    for (const { key, value: row } of this.#store.index.getRange({ limit: chunksOfStep })) {
      const end = key + row.count - 1;
      if (found.moves.length >= movesOfStep || found.movedBytes >= moveBytesOfStep) return true;
      if (end > passed || (end > free && found.freed >= wanted)) return false;
      looked++;
      const moves = this.#deferredOf(key, row, consumers);
      found.chunks.push(key);
      found.freed += row.cost;
      found.moves.push(...moves);
      found.freed -= sumOf(moves);
      found.movedBytes += sumOf(moves);
    }
    return looked === chunksOfStep;
  }

  /** The requests of a chunk that somebody has deferred and has no copy of. */
  #deferredOf(key: Position, { count }: ChunkRow, consumers: readonly ConsumerNumber[]): readonly Move[] {
    const { deferrals, chunks } = this.#store;
    const positions = new Set<Position>();
    for (const number of consumers) {
      for (const { key: deferred, value } of deferrals.getRange({ start: [number, key], end: [number, key + count] })) {
        if (value.kept === undefined) positions.add(deferred[1]);
      }
    }
    const chunk = positions.size > 0 ? bytesOf(chunks, key) : undefined;
    if (chunk === undefined) return [];
    const moves: Move[] = [];
    for (const position of positions) {
      const one = unpackOne(chunk, position - key);
      if (one === undefined) continue;
      const packed = packChunk([one.request], one.receivedAt);
      moves.push({ position, cost: costOfPacked(packed), packed });
    }
    return moves;
  }

  #lookAtKept(consumers: readonly ConsumerNumber[], found: Found): boolean {
    const { kept, deferrals } = this.#store;
    let seen = 0;
    let next = 0;
    for (const key of kept.getKeys({ start: [this.#keptFrom, ownerLog], limit: keptOfStep })) {
      const [position, owner] = key;
      seen++;
      next = position + 1;
      if (owner !== ownerLog || consumers.some((number) => deferrals.doesExist([number, position]))) continue;
      found.settled.push(position);
      const packed = bytesOf(kept, key);
      if (packed !== undefined) found.freed += costOfPacked(packed);
    }
    const whole = seen === keptOfStep;
    this.#keptFrom = whole ? next : 0;
    return whole && found.settled.length > 0;
  }
}

function sumOf(moves: readonly Move[]): number {
  return moves.reduce((sum, { cost }) => sum + cost, 0);
}
