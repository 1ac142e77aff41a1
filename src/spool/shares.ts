/**
 * How much room dead letters may take, and whose are discarded when they take more, or not kept at all. Junk must not cost anybody else a
 * dead letter, and one notifier not another: each has a guaranteed share, and what one does not use the others may.
 */
import { type FinalOutcome, unusableConsumer } from './spool.ts';

/** Of `maxBytes`: what all dead letters together may take, so that they never stop the intake. */
const deadShare = 0.25;
/** Of `maxBytes`: what the requests that could not be used may take at the most, and what is theirs in any case. */
const unusableShare = 0.05;
const unusableGuarantee = 0.01;
/** Once there are too many, so much of what is allowed is made free, so that it does not happen with every further one. */
const slack = 1 / 64;

/** What has become of a dead letter that was discarded. */
export const droppedForRoom: FinalOutcome = {
  state: 'dropped',
  detail: 'discarded: the share of dead letters in spool_max_size is full',
};

/** A consumer with what its dead letters take. */
export interface DeadHolder {
  readonly name: string;
  readonly deadBytes: number;
  /** How many there are. */
  readonly dead: number;
}

export interface Excess {
  readonly name: string;
  /** What of it to discard, its oldest first. */
  readonly bytes: number;
  /** At most so many. */
  readonly most: number;
}

/**
 * Whose dead letters are to be discarded, and how many bytes of them; undefined when all keep to their shares. Unusable
 * requests go first, down to what is theirs in any case; then those of the notifier that is furthest beyond an equal
 * part of the rest. To be asked again when that is done.
 */
export function excessOf(holders: Iterable<DeadHolder>, maxBytes: number): Excess | undefined {
  let [all, notifiers] = [0, 0];
  let unusable: DeadHolder = { name: unusableConsumer, deadBytes: 0, dead: 0 };
  let greatest: DeadHolder | undefined;
  for (const holder of holders) {
    all += holder.deadBytes;
    if (holder.name === unusableConsumer) {
      unusable = holder;
    } else {
      notifiers++;
      if (holder.deadBytes > (greatest?.deadBytes ?? 0)) greatest = holder;
    }
  }
  const own = maxBytes * unusableShare;
  // A request may be longer than their share: the newest stays.
  if (unusable.deadBytes > own && unusable.dead > 1) {
    return { name: unusableConsumer, bytes: unusable.deadBytes - own * (1 - slack), most: unusable.dead - 1 };
  }
  if (all <= maxBytes * deadShare) return undefined;
  const over = all - maxBytes * deadShare * (1 - slack);
  const spare = unusable.deadBytes - maxBytes * unusableGuarantee;
  if (spare > 0) return { name: unusableConsumer, bytes: Math.min(over, spare), most: unusable.dead };
  if (greatest === undefined) return undefined;
  const guaranteed = (maxBytes * (deadShare - unusableGuarantee)) / notifiers;
  const { name, deadBytes, dead: most } = greatest;
  return { name, bytes: Math.min(over, Math.max(1, deadBytes - guaranteed)), most };
}

/** Once their share is full, so many unusable requests a second take the place of older ones. */
const renewedPerSecond = 500;

/**
 * Says how many more unusable requests are kept. As long as there is room in their share all are; then only so many a
 * second, because to write one and remove another for each of a flood would cost the good events that come with it.
 */
export class UnusableAdmission {
  readonly #full: number;
  readonly #now: () => number;
  #tokens = renewedPerSecond;
  #at = 0;

  constructor(maxBytes: number, now: () => number) {
    // As far as discarding brings it down, and some more, so that it counts as full until it is really used less.
    this.#full = maxBytes * unusableShare * (1 - 2 * slack);
    this.#now = now;
  }

  /** See `Spool.admit`. `deadBytes`: what the dead letters of the consumer take already. */
  admit(consumer: string, count: number, deadBytes: number): number {
    if (consumer !== unusableConsumer || deadBytes < this.#full) return count;
    const now = this.#now();
    const gained = (Math.max(0, now - this.#at) * renewedPerSecond) / 1000;
    this.#tokens = Math.min(renewedPerSecond, this.#tokens + gained);
    this.#at = now;
    const admitted = Math.min(count, Math.floor(this.#tokens));
    this.#tokens -= admitted;
    return admitted;
  }
}
