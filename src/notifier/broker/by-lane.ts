/** Attempts deliveries of several lanes beside each other, and those of a lane one after the other. */
import type { Delivery, Outcome } from '../notifier.ts';

/**
 * Outcome i is that of delivery i. After one that is to be tried again, nothing more of its lane is attempted: the
 * rest has the outcome that `heldBack` gives, or the same one where it gives none. `attempt` never rejects.
 */
export async function byLane(
  deliveries: readonly Delivery[],
  attempt: (delivery: Delivery) => Promise<Outcome>,
  heldBack: () => Outcome | undefined = () => undefined,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const lanes = new Map<string, number[]>();
  for (const [index, { lane }] of deliveries.entries()) {
    const indexes = lanes.get(lane);
    if (indexes === undefined) lanes.set(lane, [index]);
    else indexes.push(index);
  }
  async function attemptLane(indexes: readonly number[]): Promise<void> {
    let failed: Outcome | undefined;
    for (const index of indexes) {
      const delivery = deliveries[index];
      if (delivery === undefined) continue;
      const outcome = failed ?? (await attempt(delivery));
      outcomes[index] = outcome;
      if (outcome.status === 'retry') failed ??= heldBack() ?? outcome;
    }
  }
  await Promise.all([...lanes.values()].map(attemptLane));
  return outcomes;
}
