/** The dead letters of all consumers, as they are listed and as the oldest of them are found. */
import type { Entry, Position } from '../../request.ts';
import type { DeadLetter } from '../spool.ts';
import { decodeLane } from './lane.ts';
import { beyond, type ConsumerNumber, type DeadRecord, type Store } from './store.ts';

/** What is shed in one step. */
const shedOfStep = 256;

interface Shed {
  readonly consumer: ConsumerNumber;
  readonly position: Position;
  readonly cost: number;
  /** Undefined when its request is damaged. */
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
    for (const { key, value } of this.#store.dead.getRange({ start: [consumer, after + 1], end: [consumer, beyond] })) {
      if (letters.length >= limit) break;
      const letter = this.#letter(key[1], value);
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  /** Those of the oldest requests, whoever has given them up, until they make up `bytes`. */
  oldest(consumers: readonly ConsumerNumber[], bytes: number): readonly Shed[] {
    const { dead } = this.#store;
    const keys = consumers.flatMap((consumer) => [
      ...dead.getKeys({ start: [consumer, 0], end: [consumer, beyond], limit: shedOfStep }),
    ]);
    const shed: Shed[] = [];
    let sum = 0;
    for (const [consumer, position] of keys.sort(([, a], [, b]) => a - b)) {
      if (sum >= bytes || shed.length >= shedOfStep) break;
      const record = dead.get([consumer, position]);
      if (record === undefined) continue;
      shed.push({ consumer, position, cost: record.cost, letter: this.#letter(position, record) });
      sum += record.cost;
    }
    return shed;
  }

  #letter(position: Position, { lane, at, reason, attempts, packed }: DeadRecord): DeadLetter | undefined {
    const entry = this.#entryOf(position, packed);
    return entry && { entry, lane: decodeLane(lane), at, reason, attempts };
  }
}
