/**
 * A map that forgets what was used longest ago, so that a memory of what comes from outside grows neither in number nor in
 * bytes. Whatever remembers names, addresses or methods that a sender chooses does so in one of these.
 */
import { createHash } from 'node:crypto';

export interface Bounds {
  /** At most so many entries. */
  readonly entries: number;
  /** At most so many bytes, as `bytesOf` estimates them and `overhead` for each entry. */
  readonly bytes: number;
}

/** Bytes that V8 takes for an entry of a Map with a small object, beside its texts; measured with Node 20, rounded up. */
const overhead = 200;

/** Bytes of a text in memory, at the most: V8 takes one or two for each code unit. */
export function bytesOfText(text: string): number {
  return 2 * text.length;
}

/** The longest that `shortKey` answers, in characters. */
export const longestKey = 120;

/** Printable ASCII that JSON writes as it is. */
const plain = /^[ !#-[\]-~]*$/;

/**
 * A text that stands for another as a key: itself, when it is short and plain, else its hash. So a sender's long names push
 * no others out, and what is remembered can be written down in a known number of bytes.
 */
export function shortKey(text: string): string {
  return text.length <= longestKey && plain.test(text) ? text : createHash('sha256').update(text).digest('base64');
}

export class BoundedMap<V> {
  readonly #bounds: Bounds;
  readonly #bytesOf: (value: V) => number;
  /** In the order of their use. */
  readonly #entries = new Map<string, { readonly value: V; readonly bytes: number }>();
  /**
   * Stands before the entry that was used longest ago: all that it has passed are deleted. A new iterator for each `set` would
   * pass every deleted entry again, so that a full map would take time by its size.
   */
  #oldest = this.#entries.keys();
  #bytes = 0;

  /** `bytesOf` estimates the texts and lists of a value; its key is counted without it. */
  constructor(bounds: Bounds, bytesOf: (value: V) => number) {
    this.#bounds = bounds;
    this.#bytesOf = bytesOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Of all entries, by the same estimate. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The value; it counts as used now. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * Remembers a value, in place of one with the same key, and forgets what there is no room for. One that is larger than all
   * the room is not remembered. A value that has grown must be set again.
   */
  set(key: string, value: V): void {
    this.delete(key);
    const bytes = overhead + bytesOfText(key) + this.#bytesOf(value);
    if (bytes > this.#bounds.bytes) return;
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    while (this.#entries.size > this.#bounds.entries || this.#bytes > this.#bounds.bytes) {
      this.delete(this.#oldest.next().value ?? '');
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  /** What was used longest ago first. */
  *[Symbol.iterator](): IterableIterator<readonly [string, V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }
}
