/** What one step of a consumer changes in the tables: computed whole before anything is written. */
import type { Entry, Position } from '../../../base/request.ts';
import type { ConsumerState, DeadLetter, Progress } from '../../spool.ts';
import { addTally, noTally } from '../../tally.ts';
import { aheadBytes, countAhead, moveAhead } from '../disk/ahead.ts';
import { growthOf, leavesToOthers } from '../disk/file-room.ts';
import type { ConsumerNumber, ConsumerRecord, DeadRecord, DeferralRecord, Store } from '../disk/store.ts';
import type { Write } from '../disk/transactions.ts';
import { costOfPacked, packChunk } from '../log/chunk.ts';
import type { DeferralChanges, Deferrals } from './deferrals.ts';
import { encodeLane } from './lane.ts';

/** What a step reads. */
export interface StepSources {
  readonly store: Store;
  readonly deferrals: Deferrals;
  /** An entry of the log. */
  readonly entry: (position: Position) => Entry | undefined;
}

/** A record as it stands in the database: an older version may have written it, which did not count what is damaged. */
export function readRecord(record: ConsumerRecord): ConsumerRecord {
  const tally = { ...noTally, ...record.tally };
  // The database may use the memory of what it has answered again.
  return record.ahead === undefined ? { ...record, tally } : { ...record, tally, ahead: Uint8Array.from(record.ahead) };
}

/** The record of a consumer that is new. */
export function beginRecord(number: ConsumerNumber, cursor: Position): ConsumerRecord {
  return {
    number,
    sequence: 1,
    origin: cursor,
    cursor,
    deferred: 0,
    dead: 0,
    deadBytes: 0,
    keptBytes: 0,
    tally: noTally,
  };
}

/** See `Spool.consumer`. */
export function stateOf({ name, record }: { readonly name: string; readonly record: ConsumerRecord }): ConsumerState {
  const { origin, cursor, ahead, deferred, dead, tally, receiver, pause } = record;
  return {
    ...{ name, origin, cursor, ahead: countAhead(ahead), deferred, dead, tally },
    ...(receiver === undefined ? {} : { receiver }),
    ...(pause === undefined ? {} : { pause }),
  };
}

/** Whether a step changes nothing but the cursor, what is finished beyond it, and the tally. */
export function isLight(progress: Progress): boolean {
  const { defer = [], removeDeferred = [], addDead = [], removeDead = [], replayed = 0, receiver, pause } = progress;
  if (receiver !== undefined || pause !== undefined) return false;
  return replayed === 0 && defer.length + removeDeferred.length + addDead.length + removeDead.length === 0;
}

/** The record after that. */
export function advance({ ahead, ...record }: ConsumerRecord, progress: Progress): ConsumerRecord {
  const cursor = Math.max(record.cursor, progress.cursor ?? 0);
  const moved = moveAhead(ahead, record.cursor, cursor, progress.ahead ?? []);
  return {
    ...record,
    cursor,
    ...(moved === undefined ? {} : { ahead: moved }),
    tally: addTally(record.tally, progress.tally),
  };
}

export function prepareStep(
  sources: StepSources,
  before: ConsumerRecord,
  progress: Progress,
): { record: ConsumerRecord; write: Write } {
  const keep = keepOwn(sources, before, progress);
  const deferred = sources.deferrals.change(before.number, keep.changes);
  const letters = changeLetters(sources, before, progress);
  // And the record itself, which the caller writes.
  const operations = keep.writes.length + letters.writes.length + 1;
  const copied = keep.copied + letters.copied + aheadBytes;
  return {
    record: {
      ...advance(before, progress),
      ...(progress.receiver === undefined ? {} : { receiver: progress.receiver }),
      sequence: before.sequence + 1,
      origin: before.origin - (progress.replayed ?? 0),
      deferred: before.deferred + deferred.added,
      dead: before.dead + letters.added,
      deadBytes: before.deadBytes + letters.bytes,
      keptBytes: before.keptBytes + keep.bytes,
      ...(progress.pause === undefined ? {} : { pause: progress.pause }),
    },
    write: {
      growth: deferred.write.growth + growthOf(operations, copied),
      operations: (deferred.write.operations ?? 0) + operations,
      leaves: (progress.defer?.length ?? 0) + (progress.addDead?.length ?? 0) > 0 ? leavesToOthers.consumer : 0,
      valueBytes: (deferred.write.valueBytes ?? 0) + copied,
      put() {
        for (const write of keep.writes) write();
        deferred.write.put();
        for (const write of letters.writes) write();
      },
    },
  };
}

/**
 * The log keeps what a consumer defers as it passes it. What it takes up again later, a dead letter or an entry that it
 * had finished, may leave the log at the same moment: of that it keeps a copy of its own, until it is settled.
 */
function keepOwn({ store, deferrals, entry }: StepSources, before: ConsumerRecord, progress: Progress) {
  const consumer = before.number;
  const removed = new Set(progress.removeDead);
  const changes = new Map<Position, DeferralRecord | undefined>();
  const writes: (() => void)[] = [];
  let bytes = 0;
  let copied = 0;
  const copyOf = (position: Position): Buffer | undefined => {
    // A copy at once: it may lie in the file, which others write to until this is written.
    const packed = removed.has(position) ? store.dead.get([consumer, position])?.packed : undefined;
    if (packed !== undefined) return Buffer.from(packed);
    const found = position <= before.cursor ? entry(position) : undefined;
    return found && packChunk([found.request], found.receivedAt);
  };
  const deferring = new Set(progress.defer?.map(({ position }) => position));
  for (const position of progress.removeDeferred ?? []) {
    if (deferring.has(position)) continue;
    const kept = deferrals.get(consumer, position)?.kept;
    changes.set(position, undefined);
    if (kept === undefined) continue;
    bytes -= kept;
    writes.push(() => void store.kept.remove([position, consumer]));
  }
  for (const { position, lane, ...rest } of progress.defer ?? []) {
    const record = { ...rest, lane: encodeLane(lane) };
    const old = changes.get(position) ?? deferrals.get(consumer, position);
    const copy = old === undefined ? copyOf(position) : undefined;
    const kept = copy === undefined ? old?.kept : costOfPacked(copy);
    changes.set(position, kept === undefined ? record : { ...record, kept });
    if (copy === undefined) continue;
    bytes += costOfPacked(copy);
    copied += copy.byteLength;
    writes.push(() => void store.kept.put([position, consumer], copy));
  }
  return { changes: changes satisfies DeferralChanges, writes, bytes, copied };
}

function changeLetters({ store: { dead } }: StepSources, { number: consumer }: ConsumerRecord, progress: Progress) {
  const changes = new Map<Position, DeadRecord | undefined>();
  for (const position of progress.removeDead ?? []) changes.set(position, undefined);
  for (const letter of progress.addDead ?? []) changes.set(letter.entry.position, toRecord(letter));
  const writes: (() => void)[] = [];
  let added = 0;
  let bytes = 0;
  let copied = 0;
  for (const [position, next] of changes) {
    const old = dead.get([consumer, position]);
    added += (next === undefined ? 0 : 1) - (old === undefined ? 0 : 1);
    bytes += (next?.cost ?? 0) - (old?.cost ?? 0);
    copied += next?.packed.byteLength ?? 0;
    if (next !== undefined) writes.push(() => void dead.put([consumer, position], next));
    else if (old !== undefined) writes.push(() => void dead.remove([consumer, position]));
  }
  return { writes, added, bytes, copied };
}

function toRecord({ entry, lane, at, reason, attempts }: DeadLetter): DeadRecord {
  const packed = packChunk([entry.request], entry.receivedAt);
  return { lane: encodeLane(lane), at, reason, attempts, cost: costOfPacked(packed), packed };
}
