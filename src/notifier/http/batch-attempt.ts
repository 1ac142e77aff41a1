/** One attempt to deliver a batch: parts that one request holds, and halves of a part that fails, down to what makes it fail. */
import type { Delivery, Outcome } from '../notifier.ts';
import type { Judged } from './judge-ending.ts';

/** What came of one request. */
export interface PartEnding extends Judged {
  /** Where it was delivered: the outcomes of those that the receiver has named, by id. */
  readonly named?: ReadonlyMap<string, Outcome>;
}

export interface BatchParts {
  /** Divides deliveries among requests, in their order. */
  readonly divide: (deliveries: readonly Delivery[]) => readonly (readonly Delivery[])[];
  /** Sends one request. */
  readonly send: (part: readonly Delivery[]) => Promise<PartEnding>;
}

/** Failures in a row after which the receiver is taken to be away, beyond those on the way from the whole to one of it. */
const moreFailures = 3;

/**
 * Outcome i is that of delivery i. A request that the receiver refuses because of its body is halved at once. One that fails
 * while the receiver has it fails as a whole the first time, and is halved when it was attempted before: what is in it may be
 * the cause. A part whose receiver is away ends the attempt. Of a lane nothing is sent after what failed.
 */
export async function attemptBatch(
  deliveries: readonly Delivery[],
  { divide, send }: BatchParts,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<Delivery, Outcome>();
  /** Lanes with a failed delivery, and its id. */
  const held = new Map<string, string>();
  const isRetried = deliveries.some(({ attempt }) => attempt > 1);
  const mostFailures = Math.ceil(Math.log2(Math.max(1, deliveries.length))) + moreFailures;
  let failures = 0;
  let stopped: Outcome | undefined;

  function settle(delivery: Delivery, outcome: Outcome): void {
    outcomes.set(delivery, outcome);
    if (outcome.status === 'retry') held.set(delivery.lane, delivery.notification.id);
  }

  async function attempt(given: readonly Delivery[]): Promise<void> {
    const part = given.filter(({ lane }) => !held.has(lane));
    if (part.length === 0 || stopped !== undefined) return;
    const { outcome, fault, named } = await send(part);
    if (outcome.status === 'delivered') {
      failures = 0;
      for (const delivery of part) settle(delivery, named?.get(delivery.notification.id) ?? outcome);
      return;
    }
    if (fault !== 'body') failures += 1;
    const isOver = fault === 'receiver' || (fault === 'unknown' && (!isRetried || failures >= mostFailures));
    if (part.length > 1 && !isOver) {
      const middle = part.length >> 1;
      await attempt(part.slice(0, middle));
      await attempt(part.slice(middle));
      return;
    }
    for (const delivery of part) settle(delivery, outcome);
    if (isOver) stopped = outcome;
  }

  for (const part of divide(deliveries)) await attempt(part);
  return deliveries.map((delivery) => {
    const before = held.get(delivery.lane);
    return (
      outcomes.get(delivery) ??
      stopped ?? { status: 'retry', reason: `not sent: ${before ?? ''}, which comes before it, failed` }
    );
  });
}
