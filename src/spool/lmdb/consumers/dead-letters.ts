/** The dead letters of all consumers, as they are listed and as the oldest of them are found. */
import type { Entry, Position } from '../../../base/request.ts';
import type { Excess } from '../../shares.ts';
import type { DeadLetter } from '../../spool.ts';
import { rowOf } from '../disk/binary.ts';
import { beyond, type ConsumerNumber, type DeadRecord, type Store } from '../disk/store.ts';
import { decodeLane } from './lane.ts';

/** What is discarded in one step: letters, and their bytes unless one alone has more. */
const discardedOfStep = 1024;
const discardedBytesOfStep = 64 * 1024 * 1024;
/** What one list holds at most, in bytes, unless its first letter alone has more. */
const listBytes = 16 * 1024 * 1024;

interface Discarded {
  readonly position: Position;
  readonly cost: number;
  /** Undefined when its request is damaged, or when it was not asked for. */
  readonly letter: DeadLetter | undefined;
}

export class DeadLetters {
  readonly #store: Store;
  readonly #entryOf: (position: Position, packed: Uint8Array) => Entry | undefined;

  constructor(store: Store, entryOf: (position: Position, packed: Uint8Array) => Entry | undefined) {
    this.#store = store;
    this.#entryOf = entryOf;
  }

  list(consumer: ConsumerNumber, after: Position, limit: number): readonly DeadLetter[] {
    const letters: DeadLetter[] = [];
    let bytes = 0;
    for (const key of this.#store.dead.getKeys({ start: [consumer, after + 1], end: [consumer, beyond] })) {
      if (letters.length >= limit) break;
      const value = rowOf(this.#store.dead, key);
      if (value === undefined || !(value.packed instanceof Uint8Array)) continue;
      bytes += value.cost;
      if (letters.length > 0 && bytes > listBytes) break;
      const letter = this.#letter(key[1], value);
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  /** Those of the oldest requests, until they make up the bytes, and at most so many; `letters`: how many of them are wanted as they are. */
  oldest(consumer: ConsumerNumber, { bytes, most }: Excess, letters: number): readonly Discarded[] {
    const found: Discarded[] = [];
    let sum = 0;
    for (const { key, value } of this.#store.dead.getRange({ start: [consumer, 0], end: [consumer, beyond] })) {
      if (sum >= Math.min(bytes, discardedBytesOfStep) || found.length >= Math.min(most, discardedOfStep)) break;
      const [, position] = key;
      const letter = found.length < letters ? this.#letter(position, value) : undefined;
      found.push({ position, cost: value.cost, letter });
      sum += value.cost;
    }
    return found;
  }

  #letter(position: Position, { lane, at, reason, attempts, packed }: DeadRecord): DeadLetter | undefined {
    const entry = this.#entryOf(position, packed);
    return entry && { entry, lane: decodeLane(lane), at, reason, attempts };
  }
}
