/** The record of a consumer in the database: how it comes there, and how it goes again. */
import type { Position } from '../../../base/request.ts';
import { growthOf } from '../disk/file-room.ts';
import type { ConsumerRecord, Store } from '../disk/store.ts';
import type { Prepared } from '../disk/transactions.ts';
import { beginRecord } from './consumer-step.ts';

type Write = NonNullable<Prepared<unknown>['write']>;

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
