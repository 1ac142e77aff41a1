/**
 * The deferred entries of a consumer: by position, by lane, and the heads of the lanes by the time they are due. What a
 * change costs depends on how many entries it changes, never on how many there are.
 */
import type { Position } from '../../../base/request.ts';
import type { Deferral } from '../../spool.ts';
import { rowOf } from '../disk/binary.ts';
import { growthOf } from '../disk/file-room.ts';
import { beyond, type ConsumerNumber, type DeferralRecord, type LaneRecord, type Store } from '../disk/store.ts';
import type { Write } from '../disk/transactions.ts';
import { decodeLane, laneKeyOf } from './lane.ts';

/** What becomes of deferred entries: undefined for one that leaves. */
export type DeferralChanges = ReadonlyMap<Position, DeferralRecord | undefined>;

interface LaneChange {
  readonly gone: Set<Position>;
  readonly come: Map<Position, number>;
}

export class Deferrals {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get(consumer: ConsumerNumber, position: Position): DeferralRecord | undefined {
    return rowOf(this.#store.deferrals, [consumer, position]);
  }

  due(consumer: ConsumerNumber, now: number, limit: number): readonly Deferral[] {
    const range = { start: [consumer, 0, 0], end: [consumer, now, beyond], limit };
    return this.#load(consumer, this.#store.due.getKeys(range));
  }

  nextDue(consumer: ConsumerNumber, after?: number): number | undefined {
    const start = after === undefined ? [consumer, 0, 0] : [consumer, after, beyond];
    const [key] = this.#store.due.getKeys({ start, end: [consumer, beyond, beyond], limit: 1 });
    return key?.[1];
  }

  /** See `Spool.deferredIn`. */
  countsIn(consumer: ConsumerNumber, lanes: readonly string[]): ReadonlyMap<string, number> {
    const count = (lane: string): number => this.#store.lanes.get([consumer, laneKeyOf(lane)])?.count ?? 0;
    return new Map([...new Set(lanes)].map((lane) => [lane, count(lane)] as const).filter(([, found]) => found > 0));
  }

  lane(consumer: ConsumerNumber, lane: string, limit: number): readonly Deferral[] {
    const key = laneKeyOf(lane);
    const range = { start: [consumer, key, 0], end: [consumer, key, beyond], limit };
    return this.#load(consumer, this.#store.laneEntries.getKeys(range));
  }

  list(consumer: ConsumerNumber, after: Position, limit: number): readonly Deferral[] {
    const range = { start: [consumer, after + 1], end: [consumer, beyond], limit };
    return this.#load(consumer, this.#store.deferrals.getKeys(range));
  }

  /** Prepares changes: how many more entries there will be, and the function that writes them. */
  change(consumer: ConsumerNumber, changes: DeferralChanges): { readonly added: number; readonly write: Write } {
    const { deferrals, laneEntries } = this.#store;
    const lanes = new Map<string, LaneChange>();
    const writes: (() => void)[] = [];
    let [added, reasonBytes] = [0, 0];
    const laneOf = (encoded: string): readonly [string, LaneChange] => {
      const key = laneKeyOf(decodeLane(encoded));
      const change = lanes.get(key) ?? { gone: new Set(), come: new Map() };
      lanes.set(key, change);
      return [key, change];
    };
    for (const [position, next] of changes) {
      const before = this.get(consumer, position);
      if (before !== undefined) {
        const [key, lane] = laneOf(before.lane);
        lane.gone.add(position);
        added--;
        if (next?.lane !== before.lane) writes.push(() => void laneEntries.remove([consumer, key, position]));
        if (next === undefined) writes.push(() => void deferrals.remove([consumer, position]));
      }
      if (next === undefined) continue;
      const [key, lane] = laneOf(next.lane);
      lane.come.set(position, next.dueAt);
      added++;
      for (const { reason } of next.attempts) reasonBytes += 2 * reason.length;
      writes.push(() => void deferrals.put([consumer, position], next));
      writes.push(() => void laneEntries.put([consumer, key, position], next.dueAt));
    }
    const operations = writes.length + 4 * lanes.size;
    const heads = [...lanes].map(([key, lane]) => this.#changeLane(consumer, key, lane));
    return {
      added,
      write: {
        growth: growthOf(operations, reasonBytes),
        operations,
        valueBytes: reasonBytes,
        put() {
          for (const write of writes) write();
          // An entry that goes from one lane to another may be head of both, under the same key.
          for (const { leave } of heads) leave();
          for (const { enter } of heads) enter();
        },
      },
    };
  }

  #changeLane(consumer: ConsumerNumber, key: string, { gone, come }: LaneChange) {
    const { lanes, due } = this.#store;
    const before = lanes.get([consumer, key]);
    const count = (before?.count ?? 0) - gone.size + come.size;
    const head = count > 0 ? this.#head(consumer, key, before, { gone, come }) : undefined;
    return {
      leave() {
        if (before !== undefined) void due.remove([consumer, before.headDueAt, before.head]);
        if (head === undefined) void lanes.remove([consumer, key]);
      },
      enter() {
        if (head === undefined) return;
        void due.put([consumer, head.dueAt, head.position], key);
        void lanes.put([consumer, key], { count, head: head.position, headDueAt: head.dueAt });
      },
    };
  }

  /** The first of those that stay and those that come. */
  #head(
    consumer: ConsumerNumber,
    key: string,
    before: LaneRecord | undefined,
    { gone, come }: LaneChange,
  ): { readonly position: Position; readonly dueAt: number } | undefined {
    let head = before && this.#staying(consumer, key, before, gone);
    for (const [position, dueAt] of come) {
      if (head === undefined || position < head.position) head = { position, dueAt };
    }
    return head;
  }

  #staying(consumer: ConsumerNumber, key: string, before: LaneRecord, gone: ReadonlySet<Position>) {
    if (!gone.has(before.head)) return { position: before.head, dueAt: before.headDueAt };
    const range = { start: [consumer, key, before.head + 1], end: [consumer, key, beyond] };
    for (const { key: found, value: dueAt } of this.#store.laneEntries.getRange(range)) {
      const position = found[2];
      if (!gone.has(position)) return { position, dueAt };
    }
    return undefined;
  }

  /** Those at the positions with which the keys end. */
  #load(consumer: ConsumerNumber, keys: Iterable<readonly [...unknown[], Position]>): readonly Deferral[] {
    return [...keys].flatMap((key) => {
      const position = Number(key.at(-1));
      const record = this.get(consumer, position);
      return record === undefined ? [] : [toDeferral(position, record)];
    });
  }
}

function toDeferral(position: Position, { lane, kept: _, ...rest }: DeferralRecord): Deferral {
  return { ...rest, position, lane: decodeLane(lane) };
}
