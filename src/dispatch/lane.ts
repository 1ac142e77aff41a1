/** Lanes: what must be attempted one after the other. A lane is in memory only while it has something to do there. */

import type { Coalesced } from '../base/coalesced.ts';
import { type Entry, withOwnBytes } from '../base/request.ts';
import type { Delivery, Notification } from '../notifier/notifier.ts';
import type { AttemptRecord } from '../spool/spool.ts';

/** One entry on its way to one notifier. */
export interface Item {
  readonly entry: Entry;
  readonly notification: Notification;
  readonly attempts: readonly AttemptRecord[];
  /** See `Deferral.pausedMs`. */
  readonly pausedMs: number;
  readonly coalesced?: Coalesced;
  /** Whether the spool has it as deferred. If not, the cursor stands before it until it is finished. */
  readonly deferred: boolean;
}

export interface Lane {
  readonly key: string;
  /** To be attempted, in order. */
  queue: Item[];
  /** What is being attempted. Nothing more of it is started meanwhile. */
  underWay: Attempt[];
  /** How many entries of it the spool has as deferred: as long as there are any, a fresh one goes behind them. */
  deferred: number;
}

/** An item that is being attempted, with its lane. */
export interface Attempt {
  /** Replaced when the spool takes it over while it is under way. */
  item: Item;
  readonly lane: Lane;
}

/** Entries, and what a notifier is given of each. */
interface Going {
  readonly entries: readonly Entry[];
  readonly deliveries: readonly Delivery[];
}

/** The lane of everything, where it goes as it was received. */
export const laneOfAll = 'received';

/** What the notifier is given. */
export function deliveryOf({ item, lane }: Attempt): Delivery {
  return { notification: item.notification, attempt: item.attempts.length + 1, lane: lane.key };
}

/** A fresh entry. */
export function freshItem(entry: Entry, notification: Notification): Item {
  return { entry: withOwnBytes(entry), notification, attempts: [], pausedMs: 0, deferred: false };
}

const bytesOf = (item: Item): number => item.entry.request.bytes.byteLength;

/** All lanes of one notifier that are in memory, and which of them can start. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #freshReady: Lane[] = [];
  readonly #deferredReady: Lane[] = [];
  readonly #deferredLanes = new Set<Lane>();
  #deferredTurn = false;
  #bytes = 0;

  get size(): number {
    return this.#lanes.size;
  }

  /** Lanes in memory that work off deferred entries. */
  get deferredLanes(): number {
    return this.#deferredLanes.size;
  }

  /** Bytes of the requests in all queues and under way. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What could be attempted now: how many, and the bytes of their requests. */
  ready(): { readonly count: number; readonly bytes: number } {
    let [count, bytes] = [0, 0];
    for (const { queue, underWay } of this.#lanes.values()) {
      if (underWay.length > 0) continue;
      count += queue.length;
      for (const item of queue) bytes += bytesOf(item);
    }
    return { count, bytes };
  }

  /** What is being attempted. */
  get underWay(): readonly Attempt[] {
    return [...this.#lanes.values()].flatMap(({ underWay }) => underWay);
  }

  find(key: string): Lane | undefined {
    return this.#lanes.get(key);
  }

  /** Puts an item at the end of its lane. */
  add(lane: Lane, item: Item): void {
    this.#lanes.set(lane.key, lane);
    this.#bytes += bytesOf(item);
    if (item.deferred) this.#deferredLanes.add(lane);
    lane.queue.push(item);
    if (lane.queue.length === 1) this.#offer(lane);
  }

  /** Takes up to `limit` items that can be attempted now, whole stretches of a lane together; they count as under way. `ofOneLane`: of one lane alone. */
  take(limit: number, ofOneLane = false): readonly Attempt[] {
    const started: Attempt[] = [];
    while (started.length < limit) {
      const lane = this.#next();
      if (lane === undefined) break;
      const items =
        lane.queue.length <= limit - started.length ? lane.queue : lane.queue.slice(0, limit - started.length);
      lane.queue = lane.queue.slice(items.length);
      lane.underWay = items.map((item) => ({ item, lane }));
      started.push(...lane.underWay);
      if (ofOneLane) break;
    }
    return started;
  }

  /** A first attempt at these entries is under way already; nothing else of their lanes is. */
  adopt(run: Going): readonly Attempt[] {
    return this.#itemsOf(run).map((attempt) => {
      this.#lanes.set(attempt.lane.key, attempt.lane);
      this.#bytes += bytesOf(attempt.item);
      attempt.lane.underWay.push(attempt);
      return attempt;
    });
  }

  /** Puts these entries at the end of their lanes, of which nothing is deferred. */
  addAll(run: Going): void {
    for (const { lane, item } of this.#itemsOf(run)) this.add(lane, item);
  }

  #itemsOf({ entries, deliveries }: Going): readonly Attempt[] {
    const lanes = new Map<string, Lane>();
    return deliveries.flatMap(({ notification, lane: key }, i) => {
      const entry = entries[i];
      if (entry === undefined) return [];
      const lane = this.#lanes.get(key) ?? lanes.get(key) ?? { key, queue: [], underWay: [], deferred: 0 };
      lanes.set(key, lane);
      return [{ item: freshItem(entry, notification), lane }];
    });
  }

  /** The items are no longer under way. */
  finish(started: readonly Attempt[]): void {
    for (const attempt of started) {
      this.#bytes -= bytesOf(attempt.item);
      attempt.lane.underWay = [];
    }
  }

  /** Once what `land` brought has been booked: the lane goes on, or leaves the memory. */
  settle(lane: Lane): void {
    if (lane.underWay.length > 0) return;
    if (lane.queue.length > 0) {
      this.#offer(lane);
      return;
    }
    this.#lanes.delete(lane.key);
    this.#deferredLanes.delete(lane);
  }

  /** Takes everything out of a lane's queue. */
  clear(lane: Lane): readonly Item[] {
    const items = lane.queue;
    lane.queue = [];
    for (const item of items) this.#bytes -= bytesOf(item);
    return items;
  }

  values(): IterableIterator<Lane> {
    return this.#lanes.values();
  }

  #offer(lane: Lane): void {
    const [first] = lane.queue;
    if (lane.underWay.length > 0 || first === undefined) return;
    (first.deferred ? this.#deferredReady : this.#freshReady).push(lane);
  }

  /**
   * One from the backlog, one that is new, as Postfix' queue manager does it: neither can starve the other.
   * A lane that has been emptied or taken meanwhile is passed over.
   */
  #next(): Lane | undefined {
    this.#deferredTurn = !this.#deferredTurn;
    const turn = [this.#deferredReady, this.#freshReady];
    for (const ready of this.#deferredTurn ? turn : turn.reverse()) {
      for (let lane = ready.shift(); lane !== undefined; lane = ready.shift()) {
        if (lane.underWay.length === 0 && lane.queue.length > 0) return lane;
      }
    }
    return undefined;
  }
}
