/**
 * Makes true again what the tables of a database say of each other, when some of their rows are lost. A request that is
 * lost is a gap; what a notifier had deferred or given up and is lost counts as damaged.
 */
import type { Database, Key } from 'lmdb';
import { messageOf } from '../../../base/error.ts';
import { readRecord } from '../consumers/consumer-step.ts';
import { decodeLane, laneKeyOf } from '../consumers/lane.ts';
import { bytesOf } from '../disk/binary.ts';
import type { CursorFile } from '../disk/cursor-file.ts';
import {
  type ConsumerNumber,
  type ConsumerRecord,
  type DeadRecord,
  type DeferralRecord,
  logRecord,
  type Store,
} from '../disk/store.ts';
import { costOfPacked, headOf } from '../log/chunk.ts';

/** What is there. */
export interface Mended {
  /** Entries of the log. */
  readonly requests: number;
  readonly notifiers: number;
  readonly deferred: number;
  readonly dead: number;
}

/** For how many rows there must be room. */
export function rowsToMend({ index, chunks, kept, deferrals, consumers, dead }: Store): number {
  const rows = [index, chunks, kept, dead, consumers].reduce((sum, table) => sum + [...table.getKeys()].length, 0);
  return rows + 4 * [...deferrals.getKeys()].length;
}

/** The rows of a table that are whole; the others are removed. */
function wholeRows<V, K extends string | number | (string | number)[]>(
  table: Database<V, K>,
  isWhole: (value: V, key: K) => boolean,
): readonly { readonly key: K; readonly value: V }[] {
  const whole: { readonly key: K; readonly value: V }[] = [];
  for (const key of [...table.getKeys()]) {
    try {
      const value = table.get(key);
      if (value !== undefined && isWhole(value, key)) {
        whole.push({ key, value });
        continue;
      }
    } catch {
      // What cannot be decoded is as good as gone.
    }
    table.removeSync(key);
  }
  return whole;
}

export const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** A time need not be in whole milliseconds: retries are spread by a random factor. */
const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Whether a row of a store cannot be used, in words. */
export function rowFlawOf(store: Store): string | undefined {
  const { index, log, marks, numbers, lanes, laneEntries, due, consumers, deferrals, dead } = store;
  const all: readonly Pick<Database<unknown, Key>, 'getKeys' | 'get'>[] = [
    ...[index, log, marks, numbers, lanes, laneEntries, due, consumers, deferrals, dead],
  ];
  try {
    for (const table of all) for (const key of table.getKeys()) table.get(key);
    for (const { value } of consumers.getRange()) if (!isConsumer(value)) throw new Error('that of a notifier');
    for (const { value } of deferrals.getRange()) if (!isDeferral(value)) throw new Error('that of a deferred entry');
    for (const { value } of dead.getRange()) if (!isLetter(value)) throw new Error('that of a dead letter');
    for (const { value } of index.getRange()) if (!isCount(value.count)) throw new Error('that of a chunk');
    return undefined;
  } catch (thrown) {
    return `a row cannot be used: ${messageOf(thrown)}`;
  }
}

function isDeferral({ lane, dueAt, attempts }: DeferralRecord): boolean {
  return isLane(lane) && isTime(dueAt) && Array.isArray(attempts);
}

function isLetter({ lane, at, reason, attempts, cost, packed }: DeadRecord): boolean {
  const isText = isLane(lane) && typeof reason === 'string';
  return isText && isTime(at) && isCount(cost) && Array.isArray(attempts) && packed instanceof Uint8Array;
}

/** Makes true what the tables say of each other. To be called in a transaction. */
export function mend(store: Store, cursors: CursorFile): Mended {
  const { requests, last, bytes, receivedAt } = mendLog(store);
  const consumers = wholeRows(store.consumers, (record, name) => typeof name === 'string' && isConsumer(record));
  const numbers = new Set(consumers.map(({ value }) => value.number));
  const ofConsumer = (number: ConsumerNumber): boolean => numbers.has(number);
  const deferred = mendDeferrals(store, ofConsumer);
  const kept = mendKept(store, ofConsumer);
  const dead = new Map<ConsumerNumber, { count: number; bytes: number }>();
  const letters = wholeRows(store.dead, (letter, [number]) => ofConsumer(number) && isLetter(letter));
  for (const { key, value } of letters) {
    const sum = dead.get(key[0]) ?? { count: 0, bytes: 0 };
    dead.set(key[0], { count: sum.count + 1, bytes: sum.bytes + value.cost });
  }
  for (const { key: name, value: record } of consumers) {
    const { count = 0, bytes: deadBytes = 0 } = dead.get(record.number) ?? {};
    const deferredCount = deferred.get(record.number) ?? 0;
    const left = { deferred: deferredCount, dead: count, deadBytes, keptBytes: kept.get(record.number) ?? 0 };
    const gone = Math.max(0, record.deferred - deferredCount) + Math.max(0, record.dead - count);
    // With the same sequence what the cursor file says of a record holds.
    const next = gone === 0 ? record : withDamage(cursors.newest(readRecord(record)), gone);
    store.consumers.putSync(name, { ...next, ...left });
  }
  store.numbers.putSync('consumer', Math.max(0, ...numbers, ...[...store.forgotten.getKeys()].filter(isCount)));
  const furthest = Math.max(last, logOf(store).last, ...consumers.map(({ value }) => value.cursor));
  store.log.putSync('log', { last: furthest, receivedAt, bytes: bytes + (kept.get(0) ?? 0) });
  const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
  return { requests, notifiers: consumers.length, deferred: sum(deferred.values()), dead: letters.length };
}

/** Its accounts add up when what is gone counts as damaged. */
function withDamage(record: ConsumerRecord, gone: number): ConsumerRecord {
  const { sequence, tally } = record;
  return { ...record, sequence: sequence + 1, tally: { ...tally, damaged: tally.damaged + gone } };
}

function logOf(store: Store): ReturnType<typeof logRecord> {
  try {
    const { last, receivedAt, bytes } = logRecord(store);
    return { last: isCount(last) ? last : 0, receivedAt: isCount(receivedAt) ? receivedAt : 0, bytes };
  } catch {
    return { last: 0, receivedAt: 0, bytes: 0 };
  }
}

/** Each chunk has its row in the index, and each row its chunk. */
function mendLog(store: Store) {
  let [requests, last, bytes, receivedAt] = [0, 0, 0, logOf(store).receivedAt];
  const chunks = new Set<number>();
  for (const key of [...store.chunks.getKeys()]) {
    const head = headOf(bytesOf(store.chunks, key) ?? Buffer.alloc(0));
    // Nothing of it could be read any more, and what it held is a gap.
    if (head === undefined || !isCount(key) || key === 0) {
      void store.chunks.remove(key);
      continue;
    }
    chunks.add(key);
    store.index.putSync(key, head);
    requests += head.count;
    bytes += head.cost;
    last = Math.max(last, key + head.count - 1);
    receivedAt = Math.max(receivedAt, head.receivedAt);
  }
  for (const key of [...store.index.getKeys()]) if (!chunks.has(key)) store.index.removeSync(key);
  return { requests, last, bytes, receivedAt };
}

function isConsumer(record: ConsumerRecord): boolean {
  const { number, sequence, cursor, tally } = record;
  return [number, sequence, cursor].every(isCount) && Number.isSafeInteger(record.origin) && typeof tally === 'object';
}

/** Bytes of what is kept, by its owner. */
function mendKept(
  { kept }: Store,
  ofConsumer: (number: ConsumerNumber) => boolean,
): ReadonlyMap<ConsumerNumber, number> {
  const bytes = new Map<ConsumerNumber, number>();
  for (const key of [...kept.getKeys()]) {
    const [, owner] = Array.isArray(key) ? key : [0, -1];
    const packed = bytesOf(kept, key);
    if (packed === undefined || owner < 0 || headOf(packed) === undefined || (owner !== 0 && !ofConsumer(owner))) {
      void kept.remove(key);
    } else {
      bytes.set(owner, (bytes.get(owner) ?? 0) + costOfPacked(packed));
    }
  }
  return bytes;
}

/** The lanes, and when their heads are due, are made anew from the deferred entries. Answers how many each consumer has. */
function mendDeferrals(
  store: Store,
  ofConsumer: (number: ConsumerNumber) => boolean,
): ReadonlyMap<ConsumerNumber, number> {
  const { deferrals, lanes, laneEntries, due } = store;
  const counts = new Map<ConsumerNumber, number>();
  const emptied: readonly Pick<Database<unknown, Key>, 'getKeys' | 'removeSync'>[] = [lanes, laneEntries, due];
  for (const table of emptied) for (const key of [...table.getKeys()]) table.removeSync(key);
  const rows = wholeRows(deferrals, (deferral, [number]) => ofConsumer(number) && isDeferral(deferral));
  for (const { key, value } of rows) {
    const [number, position] = key;
    const laneKey = laneKeyOf(decodeLane(value.lane));
    counts.set(number, (counts.get(number) ?? 0) + 1);
    laneEntries.putSync([number, laneKey, position], value.dueAt);
    const known = lanes.get([number, laneKey]);
    // The first of a lane is its head.
    if (known === undefined) due.putSync([number, value.dueAt, position], laneKey);
    const { count, ...head } = known ?? { count: 0, head: position, headDueAt: value.dueAt };
    lanes.putSync([number, laneKey], { count: count + 1, ...head });
  }
  return counts;
}

function isLane(lane: unknown): boolean {
  try {
    return typeof lane === 'string' && decodeLane(lane) !== undefined;
  } catch {
    return false;
  }
}
