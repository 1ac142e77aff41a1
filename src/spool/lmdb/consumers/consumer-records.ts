/** The record of a consumer in the database: how it comes there, and how it goes again with all that the consumer had. */
import type { Database, Key } from 'lmdb';
import type { Position } from '../../../base/request.ts';
import { formerUnusableConsumer, unusableConsumer } from '../../spool.ts';
import { growthOf } from '../disk/file-room.ts';
import type { ConsumerNumber, ConsumerRecord, Store } from '../disk/store.ts';
import type { Prepared, Write } from '../disk/transactions.ts';
import { beginRecord } from './consumer-step.ts';

/** Adds a consumer that begins after `cursor`. */
export function addition(
  { consumers, numbers }: Store,
  name: string,
  cursor: Position,
): { readonly record: ConsumerRecord; readonly write: Write } {
  const record = beginRecord((numbers.get('consumer') ?? 0) + 1, cursor);
  const put = (): void => {
    void numbers.put('consumer', record.number);
    void consumers.put(name, record);
  };
  return { record, write: { growth: growthOf(2), put } };
}

/** Removes a consumer, and notes that what it had is still to be removed. */
export function removal({ consumers, forgotten }: Store, name: string, record: ConsumerRecord): Write {
  const { number, deadBytes, keptBytes } = record;
  const put = (): void => {
    void consumers.remove(name);
    void forgotten.put(number, { bytes: deadBytes + keptBytes });
  };
  return { growth: growthOf(2), put };
}

/** What one step of a purge removes at most. */
const rowsOfStep = 1000;
/** Of dead letters, which are read to know what they count for. */
const bytesOfStep = 64 * 1024 * 1024;

/** Prepares one step; it answers whether there is more. */
export function purgeStep(store: Store, consumer: ConsumerNumber): Prepared<boolean> {
  const { deferrals, lanes, laneEntries, due, dead, kept, outcomes, forgotten } = store;
  const writes: (() => void)[] = [];
  const room = (): number => rowsOfStep - writes.length;
  const range = { start: [consumer], end: [consumer + 1] };
  let freed = 0;
  for (const { key, value } of deferrals.getRange({ ...range, limit: room() })) {
    const [, position] = key;
    writes.push(() => void deferrals.remove(key));
    if (value.kept === undefined) continue;
    freed += value.kept;
    writes.push(() => void kept.remove([position, consumer]));
  }
  const others: readonly Pick<Database<unknown, Key>, 'getKeys' | 'remove'>[] = [laneEntries, due, lanes, outcomes];
  for (const table of others) {
    for (const key of table.getKeys({ ...range, limit: room() })) writes.push(() => void table.remove(key));
  }
  for (const { key, value } of dead.getRange({ ...range, limit: room() })) {
    freed += value.cost;
    writes.push(() => void dead.remove(key));
    if (freed >= bytesOfStep) break;
  }
  const more = writes.length > 0;
  const bytes = (forgotten.get(consumer)?.bytes ?? 0) - freed;
  return {
    write: {
      growth: growthOf(writes.length),
      operations: writes.length,
      put() {
        for (const write of writes) write();
        if (more) void forgotten.put(consumer, { bytes });
        else void forgotten.remove(consumer);
      },
    },
    done: () => more,
  };
}

/** Gets the state of a notifier of an older version that had the name `unusable`, which is reserved now. */
const displacedNotifier = 'notifier-unusable';

/**
 * Renames the consumer of unusable requests in a spool of an older version, which calls it `set-aside`. Everything else that a consumer has is stored under its number, so only its row moves. Throws what writing throws. */
export function renameFormerConsumer({ consumers, environment, room }: Store): void {
  const record = consumers.get(formerUnusableConsumer);
  if (record === undefined) return;
  room.ensure({ growth: growthOf(3), operations: 3 });
  environment.transactionSync(() => {
    const notifier = consumers.get(unusableConsumer);
    if (notifier !== undefined) consumers.putSync(displacedNotifier, notifier);
    consumers.putSync(unusableConsumer, record);
    consumers.removeSync(formerUnusableConsumer);
  });
}
