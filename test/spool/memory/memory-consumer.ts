/** One consumer of the log in memory. Nothing is indexed, so that it is plain what an engine must answer. */
import type { Entry, Position } from '../../../src/base/request.ts';
import { droppedForRoom, type Excess } from '../../../src/spool/shares.ts';
import {
  aheadLimit,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Progress,
  type RecordedOutcome,
} from '../../../src/spool/spool.ts';
import { addTally, noTally } from '../../../src/spool/tally.ts';

/** What an entry costs beside its bytes: objects, id, places in tables. Measured, rounded up. */
export const entryOverhead = 512;

export const costOf = (entry: Entry): number => entry.request.bytes.byteLength + entryOverhead;

export class MemoryConsumer {
  /** Finished beyond the cursor. */
  readonly ahead = new Set<Position>();
  readonly deferrals = new Map<Position, Deferral>();
  readonly dead = new Map<Position, DeadLetter>();
  readonly outcomes = new Map<Position, RecordedOutcome>();
  #deadBytes = 0;
  #state: Omit<ConsumerState, 'ahead' | 'deferred' | 'dead'>;

  constructor(name: string, cursor: Position) {
    this.#state = { name, origin: cursor, cursor, tally: noTally };
  }

  get cursor(): Position {
    return this.#state.cursor;
  }

  /** What the dead letters take. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  get state(): ConsumerState {
    return { ...this.#state, ahead: this.ahead.size, deferred: this.deferrals.size, dead: this.dead.size };
  }

  apply(progress: Progress): void {
    const { replayed = 0, receiver, pause } = progress;
    const cursor = Math.max(this.cursor, progress.cursor ?? 0);
    this.#state = {
      ...this.#state,
      cursor,
      origin: this.#state.origin - replayed,
      tally: addTally(this.#state.tally, progress.tally),
      ...(receiver === undefined ? {} : { receiver }),
      ...(pause === undefined ? {} : { pause }),
    };
    for (const position of progress.ahead ?? []) if (position <= cursor + aheadLimit) this.ahead.add(position);
    for (const position of this.ahead) if (position <= cursor) this.ahead.delete(position);
    for (const position of progress.removeDeferred ?? []) this.deferrals.delete(position);
    for (const deferral of progress.defer ?? []) this.deferrals.set(deferral.position, deferral);
    for (const position of progress.removeDead ?? []) this.#removeDead(position);
    for (const letter of progress.addDead ?? []) {
      this.#removeDead(letter.entry.position);
      this.dead.set(letter.entry.position, letter);
      this.#deadBytes += costOf(letter.entry);
    }
    for (const { outcome, at, positions } of progress.outcomes ?? []) {
      for (const position of positions) this.outcomes.set(position, { ...outcome, at });
    }
  }

  /** The first deferred entry of each lane, the longest due first. */
  heads(): readonly Deferral[] {
    const heads = new Map<string, Deferral>();
    for (const deferral of this.deferrals.values()) {
      const head = heads.get(deferral.lane);
      if (head === undefined || deferral.position < head.position) heads.set(deferral.lane, deferral);
    }
    return [...heads.values()].sort((a, b) => a.dueAt - b.dueAt || a.position - b.position);
  }

  /** See `Spool.deferredIn`. */
  deferredIn(lanes: readonly string[]): ReadonlyMap<string, number> {
    const counts = new Map(lanes.map((lane) => [lane, 0]));
    for (const { lane } of this.deferrals.values()) {
      const count = counts.get(lane);
      if (count !== undefined) counts.set(lane, count + 1);
    }
    return new Map([...counts].filter(([, count]) => count > 0));
  }

  /** Discards the dead letters of the oldest requests that make up `bytes`, and answers them. `at`: the time. */
  discard({ bytes, most }: Excess, at: number): readonly DeadLetter[] {
    const kept = this.#deadBytes - bytes;
    const letters: DeadLetter[] = [];
    for (const letter of inOrder(this.dead, 0, most)) {
      if (this.#deadBytes <= kept) break;
      letters.push(letter);
      this.#removeDead(letter.entry.position);
    }
    const positions = letters.map(({ entry }) => entry.position);
    const outcomes = [{ outcome: droppedForRoom, at, positions }];
    this.apply({ ahead: positions, tally: { dropped: letters.length }, outcomes });
    return letters;
  }

  #removeDead(position: Position): void {
    const letter = this.dead.get(position);
    if (letter === undefined) return;
    this.dead.delete(position);
    this.#deadBytes -= costOf(letter.entry);
  }
}

/** What is kept of positions after `after`, in order. */
export function inOrder<T>(kept: ReadonlyMap<Position, T>, after: Position, limit: number): readonly T[] {
  const positions = [...kept.keys()].filter((position) => position > after).sort((a, b) => a - b);
  return positions.slice(0, limit).flatMap((position) => kept.get(position) ?? []);
}
