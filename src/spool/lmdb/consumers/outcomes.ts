/**
 * What became of the entries of each consumer, for `queue show` and `recent`. Written as seldom as the cursors are flushed,
 * and thrown away with the entries: a step of a consumer costs no more for it than a place in a list.
 */
import type { Position } from '../../../base/request.ts';
import type { OutcomeGroup, RecordedOutcome } from '../../spool.ts';
import { growthOf, leavesToOthers } from '../disk/file-room.ts';
import { blockSpan, goesWith, type PlacedBlock, packOutcomes, partOfBlock, runsOf } from '../disk/outcome-block.ts';
import { type ConsumerNumber, type Store, sizesOf } from '../disk/store.ts';
import type { Prepared } from '../disk/transactions.ts';

/** Of `maxBytes`: what the outcomes may take on disk, whatever is retained. */
const outcomeShare = 1 / 32;
/** Positions that wait to be written: more there are only when the disk refuses them. */
const mostPending = 262_144;
/** Blocks of each consumer that one trimming looks at. */
const blocksOfTrim = 64;

interface PendingGroup extends OutcomeGroup {
  readonly positions: Position[];
}

export class Outcomes {
  readonly #store: Store;
  readonly #maxBytes: number;
  #pending = new Map<ConsumerNumber, PendingGroup[]>();
  /** What is on its way to the disk: not to be seen there yet. */
  #writing: ReadonlyMap<ConsumerNumber, readonly PendingGroup[]> = new Map();
  /** Positions in both. */
  #positions = 0;
  /** Where the next look at the blocks of a consumer begins. It goes round and round. */
  readonly #trimFrom = new Map<ConsumerNumber, Position>();

  constructor(store: Store, maxBytes: number) {
    this.#store = store;
    this.#maxBytes = maxBytes * outcomeShare;
  }

  add(consumer: ConsumerNumber, groups: readonly OutcomeGroup[]): void {
    if (this.#positions > mostPending) {
      this.#pending = new Map();
      this.#writing = new Map();
      this.#positions = 0;
    }
    const pending = this.#pending.get(consumer) ?? [];
    this.#pending.set(consumer, pending);
    for (const group of groups) {
      // Mostly delivered and filtered ones by turns.
      const same = pending.slice(-2).find((earlier) => goesWith(earlier, group));
      if (same === undefined) pending.push({ outcome: group.outcome, at: group.at, positions: [...group.positions] });
      else for (const position of group.positions) same.positions.push(position);
    }
    this.#positions += countIn(groups);
  }

  /** Prepares to write what has come, and to throw away what belongs to entries that are gone: those before `first`. */
  flush(consumers: readonly ConsumerNumber[], first: Position, now: number): Prepared<void> {
    const { outcomes } = this.#store;
    // What could not be written the last time comes first.
    for (const [consumer, groups] of this.#writing) {
      this.#pending.set(consumer, [...groups, ...(this.#pending.get(consumer) ?? [])]);
    }
    const taken = this.#pending;
    const writes: (() => void)[] = [];
    let bytes = 0;
    for (const [consumer, groups] of taken) {
      if (!consumers.includes(consumer)) continue;
      for (const { from, block } of packOutcomes(groups)) {
        writes.push(() => void outcomes.put([consumer, from, now], block));
        bytes += 8 * block.runs.length + block.outcomes.reduce((sum, { detail = '' }) => sum + 64 + detail.length, 0);
      }
    }
    this.#writing = taken;
    this.#pending = new Map();
    const full = this.#isFull();
    for (const consumer of consumers) writes.push(...this.#trim(consumer, consumers, first, full));
    const done = (): void => {
      this.#writing = new Map();
      this.#positions = countIn([...this.#pending.values()].flat());
    };
    if (writes.length === 0) return { done };
    return {
      write: {
        growth: growthOf(writes.length, bytes),
        // What must be written to make room comes first.
        leaves: leavesToOthers.trimmer,
        put() {
          for (const write of writes) write();
        },
      },
      done,
    };
  }

  /** See `Spool.outcomes`. */
  find(consumer: ConsumerNumber, wanted: readonly Position[]): ReadonlyMap<Position, RecordedOutcome> {
    const found = new Map<Position, RecordedOutcome>();
    const take = (placed: PlacedBlock): void => {
      const inside = wanted.filter((position) => position >= placed.from && position <= placed.block.to);
      if (inside.length === 0) return;
      for (const { from, to, outcome } of runsOf(placed)) {
        for (const position of inside) {
          if (position < from || position > to) continue;
          if (outcome.at >= (found.get(position)?.at ?? 0)) found.set(position, outcome);
        }
      }
    };
    const [least, most] = [Math.min(...wanted), Math.max(...wanted)];
    const range = { start: [consumer, least - blockSpan, 0], end: [consumer, most + 1, 0] };
    for (const { key, value: block } of this.#store.outcomes.getRange(range)) take({ from: key[1], block });
    for (const waiting of [this.#writing, this.#pending]) {
      for (const placed of packOutcomes(waiting.get(consumer) ?? [])) take(placed);
    }
    return found;
  }

  #isFull(): boolean {
    const { trees, long } = sizesOf(this.#store.outcomes);
    return trees + long > this.#maxBytes;
  }

  #trim(
    consumer: ConsumerNumber,
    consumers: readonly ConsumerNumber[],
    first: Position,
    full: boolean,
  ): readonly (() => void)[] {
    const { outcomes } = this.#store;
    const writes: (() => void)[] = [];
    const start = [consumer, full ? 0 : (this.#trimFrom.get(consumer) ?? 0), 0];
    let [seen, next] = [0, 0];
    const end = [consumer, full ? Number.MAX_SAFE_INTEGER : first, 0];
    for (const { key, value: block } of outcomes.getRange({ start, end, limit: blocksOfTrim })) {
      const [, from, at] = key;
      seen++;
      next = from + 1;
      if (!full && block.to >= first) continue;
      const kept = full ? [] : partOfBlock({ from, block }, this.#heldIn(from, block.to, consumers));
      const [only] = kept;
      if (kept.length === 1 && only?.from === from && only.block.runs.length === block.runs.length) continue;
      writes.push(() => void outcomes.remove(key));
      for (const part of kept) writes.push(() => void outcomes.put([consumer, part.from, at], part.block));
    }
    this.#trimFrom.set(consumer, seen === blocksOfTrim ? next : 0);
    return writes;
  }

  /** The entries that are kept though the log has let them go: because somebody has deferred them, or as dead letters. */
  #heldIn(from: Position, to: Position, consumers: readonly ConsumerNumber[]): ReadonlySet<Position> {
    const { kept, dead } = this.#store;
    const held = new Set<Position>();
    for (const [position] of kept.getKeys({ start: [from, 0], end: [to + 1, 0] })) held.add(position);
    for (const number of consumers) {
      for (const [, position] of dead.getKeys({ start: [number, from], end: [number, to + 1] })) held.add(position);
    }
    return held;
  }
}

function countIn(groups: readonly OutcomeGroup[]): number {
  return groups.reduce((sum, { positions }) => sum + positions.length, 0);
}
