/** Reads the log: the chunks that hold what is asked for, and no more of them than one answer needs. */
import type { Entry, Position } from '../../../base/request.ts';
import { bytesOf } from '../disk/binary.ts';
import type { ChunkRow, Store } from '../disk/store.ts';
import { type Chunk, openChunk, unpackOne } from './chunk.ts';
import { ChunkEntry } from './chunk-entry.ts';

/**
 * Chunks that stay open: several consumers read the same ones, one shortly after the other. So many at the most, and
 * so many bytes unless one alone has more.
 */
const cachedChunks = 8;
const cachedBytes = 8 * 1024 * 1024;
/** Answers that are given again: notifiers that read together ask for the same steps, but not those that pass over many at a time. */
const remembered = { answers: 4, entries: 128 };
/** What one answer holds at most, unless its first entry alone is larger. */
const answerBytes = 4 * 1024 * 1024;
/** Chunks that one reading looks at. */
const answerChunks = 64;
/** Damage that is remembered, so that it is reported once and not again by each consumer. */
const rememberedDamage = 10_000;

interface ReaderOptions {
  readonly idOf: (receivedAt: number, position: Position) => string;
  readonly onDamaged: (first: Position, count: number) => void;
}

interface Cached {
  readonly chunk: Chunk;
  readonly bytes: number;
}

interface Reading {
  readonly entries: readonly Entry[];
  /** Infinite at the end of the log. */
  readonly upTo: Position;
}

export class LogReader {
  readonly #store: Store;
  readonly #options: ReaderOptions;
  /** By their keys, the one that was used last at the end. */
  readonly #cache = new Map<Position, Cached>();
  #cachedBytes = 0;
  readonly #damage = new Set<Position>();
  /** Those that were as long as they might be: what comes later changes nothing about them. The oldest is replaced. */
  readonly #answers: { readonly after: Position; readonly limit: number; readonly reading: Reading }[] = [];
  #nextAnswer = 0;

  constructor(store: Store, options: ReaderOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Position of the oldest entry; undefined when there is none. */
  first(): Position | undefined {
    const [key] = this.#store.index.getKeys({ limit: 1 });
    return key;
  }

  /**
   * Some of the entries after `after`, as `Spool.read` has them, and up to where they are all that can be read. `last`: the
   * newest entry that is known, beyond which nothing is looked for.
   */
  read(after: Position, limit: number, last: Position = Number.POSITIVE_INFINITY): Reading {
    const known = this.#answers.find((answer) => answer.after === after && answer.limit === limit);
    if (known !== undefined) return known.reading;
    const reading = this.#read(after, limit, last);
    // One alone may be as large as a request can be.
    if (reading.entries.length === limit && limit > 1 && limit <= remembered.entries) {
      this.#answers[this.#nextAnswer] = { after, limit, reading };
      this.#nextAnswer = (this.#nextAnswer + 1) % remembered.answers;
    }
    return reading;
  }

  #read(after: Position, limit: number, last: Position): Reading {
    const entries: Entry[] = [];
    let bytes = 0;
    let chunks = 0;
    let upTo = after;
    for (const { key, value: row } of this.#rows(this.#startOf(after + 1), last)) {
      const chunk = this.#open(key, row.count);
      // Damaged ones are absent.
      for (let index = Math.max(0, after + 1 - key); chunk !== undefined && index < chunk.count; index++) {
        if (entries.length >= limit) return { entries, upTo };
        const own = chunk.bytes(index);
        if (own === undefined) {
          this.#tell(key + index, 1);
          continue;
        }
        bytes += own.byteLength;
        if (entries.length > 0 && bytes > answerBytes) return { entries, upTo };
        entries.push(new ChunkEntry(chunk, index, own, key + index, this.#options.idOf));
        upTo = key + index;
      }
      upTo = Math.max(upTo, key + row.count - 1);
      if (entries.length >= limit || ++chunks >= answerChunks) return { entries, upTo };
    }
    return { entries, upTo: Number.POSITIVE_INFINITY };
  }

  /** See `Spool.get`. */
  get(position: Position): Entry | undefined {
    const key = this.#keyOf(position);
    if (key !== undefined) {
      const chunk = this.#cache.get(key)?.chunk;
      const bytes = chunk?.bytes(position - key);
      if (chunk && bytes) return new ChunkEntry(chunk, position - key, bytes, position, this.#options.idOf);
      const packed = this.#chunk(key);
      const one = packed && unpackOne(packed, position - key);
      if (one !== undefined) return { position, id: this.#options.idOf(one.receivedAt, position), ...one };
    }
    const [kept] = this.#store.kept.getKeys({ start: [position, 0], end: [position + 1, 0], limit: 1 });
    const packed = kept && bytesOf(this.#store.kept, kept);
    if (packed !== undefined) return this.entryOf(position, packed);
    if (key !== undefined) this.#tell(position, 1);
    return undefined;
  }

  /** The entry that is packed as a chunk of one; undefined when it is damaged. */
  entryOf(position: Position, packed: Uint8Array): Entry | undefined {
    const one = unpackOne(packed, 0);
    if (one !== undefined) return { position, id: this.#options.idOf(one.receivedAt, position), ...one };
    this.#tell(position, 1);
    return undefined;
  }

  /** The rows from the one with the key `start` on. A range costs as much as twenty rows, and mostly the first is the last. */
  *#rows(start: Position, last: Position): Iterable<{ readonly key: Position; readonly value: ChunkRow }> {
    const { index } = this.#store;
    const value = index.get(start);
    if (value !== undefined) yield { key: start, value };
    const next = start + (value?.count ?? 0);
    if (next <= last) yield* index.getRange({ start: next });
  }

  /** Where reading begins: with the chunk that holds a position. */
  #startOf(position: Position): Position {
    // Mostly that, or the one before it, was read a moment ago.
    for (const [key, { chunk }] of this.#cache) {
      if (position >= key && position <= key + chunk.count) return position < key + chunk.count ? key : position;
    }
    return this.#keyOf(position) ?? position;
  }

  /** The key of the chunk that holds a position. */
  #keyOf(position: Position): Position | undefined {
    const [row] = this.#store.index.getRange({ start: position, reverse: true, limit: 1 });
    return row !== undefined && position < row.key + row.value.count ? row.key : undefined;
  }

  /** Valid until the next reading. */
  #chunk(key: Position): Buffer | undefined {
    const { chunks, memory } = this.#store;
    const bytes = bytesOf(chunks, key);
    memory.touched(bytes?.length ?? 0);
    return bytes;
  }

  /** The chunk of `count` entries; undefined when it is damaged. */
  #open(key: Position, count: number): Chunk | undefined {
    const cached = this.#cache.get(key);
    if (cached !== undefined) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached.chunk;
    }
    const bytes = this.#chunk(key);
    const chunk = bytes && openChunk(bytes);
    if (chunk === undefined) this.#tell(key, count);
    else this.#keep(key, { chunk, bytes: bytes?.length ?? 0 });
    return chunk;
  }

  #keep(key: Position, cached: Cached): void {
    this.#cache.set(key, cached);
    this.#cachedBytes += cached.bytes;
    for (const [oldest, { bytes }] of this.#cache) {
      const few = this.#cache.size <= cachedChunks && this.#cachedBytes <= cachedBytes;
      if (few || oldest === key) break;
      this.#cache.delete(oldest);
      this.#cachedBytes -= bytes;
    }
  }

  #tell(first: Position, count: number): void {
    if (this.#damage.has(first)) return;
    if (this.#damage.size < rememberedDamage) this.#damage.add(first);
    this.#options.onDamaged(first, count);
  }
}
