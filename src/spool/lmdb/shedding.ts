/** Dead letters that are discarded for want of room: which they are is decided in `shares.ts`. */
import { excessOf } from '../shares.ts';
import { type DeadLetter, unusableConsumer } from '../spool.ts';
import { advance } from './consumer-step.ts';
import type { DeadLetters } from './dead-letters.ts';
import { growthOf } from './file-room.ts';
import type { ConsumerRecord, Store } from './store.ts';
import type { Write } from './transactions.ts';

interface Holder {
  readonly name: string;
  readonly record: ConsumerRecord;
}

interface Discarding {
  readonly write: Write;
  readonly name: string;
  /** As it is after the step. */
  readonly record: ConsumerRecord;
  readonly count: number;
  /** All of a notifier, the first of the unusable ones. */
  readonly letters: readonly DeadLetter[];
}

const deadBytesOf = ({ name, record: { deadBytes } }: Holder) => ({ name, deadBytes });

/** Whether dead letters take more than they may. */
export function isOverShare(holders: Iterable<Holder>, maxBytes: number): boolean {
  return excessOf([...holders].map(deadBytesOf), maxBytes) !== undefined;
}

/** Prepares to discard what is too much, or as much of it as one step may; undefined when nothing is. */
export function prepareDiscard(
  { dead, consumers }: Store,
  from: DeadLetters,
  holders: readonly Holder[],
  maxBytes: number,
): Discarding | undefined {
  const excess = excessOf(holders.map(deadBytesOf), maxBytes);
  const holder = holders.find(({ name }) => name === excess?.name);
  if (excess === undefined || holder === undefined) return undefined;
  const { name, record: before } = holder;
  const discarded = from.oldest(before.number, excess.bytes, name === unusableConsumer ? 1 : Number.POSITIVE_INFINITY);
  const ahead = discarded.map(({ position }) => position);
  const moved = advance(before, { ahead, tally: { dropped: discarded.length } });
  const record = {
    ...moved,
    sequence: before.sequence + 1,
    dead: before.dead - discarded.length,
    deadBytes: before.deadBytes - discarded.reduce((sum, { cost }) => sum + cost, 0),
  };
  return {
    name,
    record,
    count: discarded.length,
    letters: discarded.flatMap(({ letter }) => letter ?? []),
    write: {
      growth: growthOf(discarded.length + 1),
      put() {
        for (const position of ahead) void dead.remove([before.number, position]);
        void consumers.put(name, record);
      },
    },
  };
}
