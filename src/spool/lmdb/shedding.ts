/** Dead letters that are thrown away for want of room: those of the oldest requests first, whoever has given them up. */
import type { DeadLetter } from '../spool.ts';
import { advance } from './consumer-step.ts';
import type { DeadLetters } from './dead-letters.ts';
import { growthOf } from './file-room.ts';
import type { ConsumerNumber, ConsumerRecord, Store } from './store.ts';
import type { Write } from './transactions.ts';

/** Of `maxBytes`, the share that dead letters may take before the oldest are shed, so that they never stop the intake. */
const deadShare = 0.25;

export interface Holder {
  readonly name: string;
  readonly record: ConsumerRecord;
}

/** By how many bytes dead letters exceed their share. */
export function bytesOverShare(holders: Iterable<Holder>, maxBytes: number): number {
  let bytes = -maxBytes * deadShare;
  for (const { record } of holders) bytes += record.deadBytes;
  return bytes;
}

interface Shed {
  readonly write: Write;
  /** The records of those that have lost letters, by name. */
  readonly records: ReadonlyMap<string, ConsumerRecord>;
  readonly letters: readonly (readonly [name: string, DeadLetter])[];
}

/** Prepares to throw away letters of so many bytes, or as many as one step may. */
export function prepareShed(
  { dead, consumers }: Store,
  from: DeadLetters,
  holders: readonly Holder[],
  bytes: number,
): Shed {
  const byNumber = new Map<ConsumerNumber, Holder>(holders.map((holder) => [holder.record.number, holder]));
  const shed = from.oldest([...byNumber.keys()], bytes);
  const records = new Map<string, ConsumerRecord>();
  const letters: (readonly [string, DeadLetter])[] = [];
  for (const { consumer, position, cost, letter } of shed) {
    const holder = byNumber.get(consumer);
    if (holder === undefined) continue;
    const before = records.get(holder.name) ?? { ...holder.record, sequence: holder.record.sequence + 1 };
    const record = advance(before, { ahead: [position], tally: { dropped: 1 } });
    records.set(holder.name, { ...record, dead: record.dead - 1, deadBytes: record.deadBytes - cost });
    if (letter !== undefined) letters.push([holder.name, letter]);
  }
  return {
    records,
    letters,
    write: {
      growth: growthOf(shed.length + records.size),
      put() {
        for (const { consumer, position } of shed) void dead.remove([consumer, position]);
        for (const [name, record] of records) void consumers.put(name, record);
      },
    },
  };
}
