/** Dead letters that are discarded for want of room: which they are is decided in `shares.ts`. */
import { droppedForRoom, type Excess } from '../../shares.ts';
import { type Discarded, type OutcomeGroup, unusableConsumer } from '../../spool.ts';
import { growthOf } from '../disk/file-room.ts';
import type { ConsumerRecord, Store } from '../disk/store.ts';
import type { Prepared } from '../disk/transactions.ts';
import { advance } from './consumer-step.ts';
import type { DeadLetters } from './dead-letters.ts';

interface DiscardOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onDiscard: (discarded: Discarded) => void;
}

/**
 * Prepares to discard what is too much, or as much of it as one step may; answers whether there was any. `changed` is
 * called with the record as it is then, and with what was lost.
 */
export function discardStep(
  { dead, consumers }: Store,
  from: DeadLetters,
  { name, record: before }: { readonly name: string; readonly record: ConsumerRecord },
  excess: Excess,
  { now, onDiscard }: DiscardOptions,
  changed: (record: ConsumerRecord, lost: OutcomeGroup) => void,
): Prepared<boolean> {
  const wanted = name === unusableConsumer ? 1 : Number.POSITIVE_INFINITY;
  const discarded = from.oldest(before.number, excess, wanted);
  if (discarded.length === 0) return { done: () => false };
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
      changed(record, { outcome: droppedForRoom, at: now(), positions });
      const letters = discarded.flatMap(({ letter }) => letter ?? []);
      onDiscard({ consumer: name, count: discarded.length, letters });
      return true;
    },
  };
}
