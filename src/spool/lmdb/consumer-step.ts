/** What one step of a consumer changes in the tables: computed whole before anything is written. */
import type { Position } from '../../request.ts';
import type { Progress, Tally } from '../spool.ts';
import { costOfPacked, packChunk } from './chunk.ts';
import type { Deferrals } from './deferrals.ts';
import type { ConsumerRecord, DeadRecord, DeferralRecord, Store } from './store.ts';

interface PreparedStep {
  readonly record: ConsumerRecord;
  readonly write: () => void;
}

/** Whether a step changes nothing but cursor and tally. */
export function isLight({ defer = [], settle = [], bury = [], exhume = [] }: Progress): boolean {
  return defer.length + settle.length + bury.length + exhume.length === 0;
}

/** The record after cursor and tally of a step. */
export function advance(record: ConsumerRecord, { cursor = 0, tally }: Progress): ConsumerRecord {
  return {
    ...record,
    cursor: Math.max(record.cursor, cursor),
    tally: tally === undefined ? record.tally : addTally(record.tally, tally),
  };
}

function addTally(sum: Tally, { delivered = 0, filtered = 0, dropped = 0 }: Partial<Tally>): Tally {
  return {
    delivered: sum.delivered + delivered,
    filtered: sum.filtered + filtered,
    dropped: sum.dropped + dropped,
  };
}

export function prepareStep(
  store: Store,
  deferrals: Deferrals,
  before: ConsumerRecord,
  progress: Progress,
): PreparedStep {
  const consumer = before.number;
  const { kept, dead } = store;
  const writes: (() => void)[] = [];
  let { keptBytes } = before;

  const changes = new Map<Position, DeferralRecord | undefined>();
  for (const position of progress.settle ?? []) changes.set(position, undefined);
  for (const { position, lane, dueAt, attempts } of progress.defer ?? []) {
    changes.set(position, { lane, dueAt, attempts });
  }

  const letters = new Map<Position, DeadRecord | undefined>();
  for (const position of progress.exhume ?? []) letters.set(position, undefined);
  for (const { entry, lane, at, reason, attempts } of progress.bury ?? []) {
    const packed = packChunk([entry.request], entry.receivedAt);
    letters.set(entry.position, { lane, at, reason, attempts, cost: costOfPacked(packed), packed });
  }

  for (const [position, next] of changes) {
    const own = deferrals.get(consumer, position)?.kept;
    // A dead letter that is tried again has its request in the log no more, or soon no more.
    const letter = next && letters.has(position) ? dead.get([consumer, position]) : undefined;
    if (next === undefined && own !== undefined) {
      keptBytes -= own;
      writes.push(() => void kept.remove([position, consumer]));
    } else if (next !== undefined && own !== undefined) {
      changes.set(position, { ...next, kept: own });
    } else if (next !== undefined && letter !== undefined) {
      keptBytes += letter.cost;
      changes.set(position, { ...next, kept: letter.cost });
      writes.push(() => void kept.put([position, consumer], Buffer.from(letter.packed)));
    }
  }
  const deferred = deferrals.change(consumer, changes);
  writes.push(deferred.write);

  let { dead: count, deadBytes } = before;
  for (const [position, next] of letters) {
    const old = dead.get([consumer, position]);
    count += (next === undefined ? 0 : 1) - (old === undefined ? 0 : 1);
    deadBytes += (next?.cost ?? 0) - (old?.cost ?? 0);
    if (next !== undefined) writes.push(() => void dead.put([consumer, position], next));
    else if (old !== undefined) writes.push(() => void dead.remove([consumer, position]));
  }

  const record: ConsumerRecord = {
    ...advance(before, progress),
    sequence: before.sequence + 1,
    deferred: before.deferred + deferred.added,
    dead: count,
    deadBytes,
    keptBytes,
  };
  return {
    record,
    write() {
      for (const write of writes) write();
    },
  };
}
