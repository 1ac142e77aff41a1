/** Dead letters that are discarded for want of room: which they are is decided in `shares.ts`. */
import { droppedForRoom, excessOf } from '../shares.ts';
import { type Discarded, type OutcomeGroup, unusableConsumer } from '../spool.ts';
import { advance } from './consumer-step.ts';
import type { DeadLetters } from './dead-letters.ts';
import { growthOf } from './file-room.ts';
import type { ConsumerRecord, Store } from './store.ts';
import type { Prepared } from './transactions.ts';

interface Holder {
  readonly name: string;
  readonly record: ConsumerRecord;
}

interface DiscardOptions {
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onDiscard: (discarded: Discarded) => void;
}

const deadBytesOf = ({ name, record: { deadBytes, dead } }: Holder) => ({ name, deadBytes, dead });

/** Whether dead letters take more than they may. */
export function isOverShare(holders: Iterable<Holder>, maxBytes: number): boolean {
  return excessOf([...holders].map(deadBytesOf), maxBytes) !== undefined;
}

/**
 * Prepares to discard what is too much, or as much of it as one step may; answers whether there was any. `changed` is
 * called with the record of the consumer that has lost some, and with what it has lost.
 */
export function discardStep(
  { dead, consumers }: Store,
  from: DeadLetters,
  holders: readonly Holder[],
  { maxBytes, now, onDiscard }: DiscardOptions,
  changed: (name: string, record: ConsumerRecord, lost: OutcomeGroup) => void,
): Prepared<boolean> {
  const excess = excessOf(holders.map(deadBytesOf), maxBytes);
  const holder = holders.find(({ name }) => name === excess?.name);
  const wanted = holder?.name === unusableConsumer ? 1 : Number.POSITIVE_INFINITY;
  const discarded = holder && excess ? from.oldest(holder.record.number, excess, wanted) : [];
  if (holder === undefined || discarded.length === 0) return { done: () => false };
  const { name, record: before } = holder;
  const positions = discarded.map(({ position }) => position);
  const record = {
    ...advance(before, { ahead: positions, tally: { dropped: discarded.length } }),
    sequence: before.sequence + 1,
    dead: before.dead - discarded.length,
    deadBytes: before.deadBytes - discarded.reduce((sum, { cost }) => sum + cost, 0),
  };
  return {
    write: {
      growth: growthOf(discarded.length + 1),
      operations: discarded.length + 1,
      put() {
        for (const position of positions) void dead.remove([before.number, position]);
        void consumers.put(name, record);
      },
    },
    done() {
      changed(name, record, { outcome: droppedForRoom, at: now(), positions });
      const letters = discarded.flatMap(({ letter }) => letter ?? []);
      onDiscard({ consumer: name, count: discarded.length, letters });
      return true;
    },
  };
}
