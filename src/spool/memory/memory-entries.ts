/** The entries of the spool in memory, and what they take of its room. */
import type { Entry, Position, RawRequest } from '../../base/request.ts';
import { entryIds, maxLogNumber } from '../entry-id.ts';
import type { Appended } from '../spool.ts';
import { costOf } from './memory-consumer.ts';

export class MemoryEntries {
  readonly #now: () => number;
  readonly #idOf: (receivedAt: number, position: Position) => string;
  readonly #entries = new Map<Position, Entry>();
  #last: Position = 0;
  #receivedAt = 0;
  #bytes = 0;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#idOf = entryIds(Math.floor(random() * maxLogNumber));
  }

  /** Position of the newest entry. */
  get last(): Position {
    return this.#last;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** What all of them count for, see `costOf`. */
  get bytes(): number {
    return this.#bytes;
  }

  append(requests: readonly RawRequest[]): Appended {
    const receivedAt = Math.max(this.#receivedAt, this.#now());
    this.#receivedAt = receivedAt;
    const first = this.#last + 1;
    for (const request of requests) {
      const position = ++this.#last;
      this.restore({ position, id: this.#idOf(receivedAt, position), receivedAt, request });
    }
    return { first, idOf: (index) => this.#idOf(receivedAt, first + index) };
  }

  /** The entries after `after`, oldest first. */
  read(after: Position, limit: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (let position = after + 1; position <= this.#last && entries.length < limit; position++) {
      const entry = this.#entries.get(position);
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  get(position: Position): Entry | undefined {
    return this.#entries.get(position);
  }

  /** Adds an entry, unless it is there. */
  restore(entry: Entry): void {
    if (this.#entries.has(entry.position)) return;
    this.#entries.set(entry.position, entry);
    this.#bytes += costOf(entry);
  }

  remove(position: Position): void {
    const entry = this.#entries.get(position);
    if (entry === undefined) return;
    this.#entries.delete(position);
    this.#bytes -= costOf(entry);
  }
}
