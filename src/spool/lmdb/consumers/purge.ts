/** Removes what a forgotten consumer has left behind, a bounded step at a time. */
import { growthOf } from '../disk/file-room.ts';
import type { ConsumerNumber, Store } from '../disk/store.ts';
import type { Prepared } from '../disk/transactions.ts';

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
  for (const key of laneEntries.getKeys({ ...range, limit: room() })) writes.push(() => void laneEntries.remove(key));
  for (const key of due.getKeys({ ...range, limit: room() })) writes.push(() => void due.remove(key));
  for (const key of lanes.getKeys({ ...range, limit: room() })) writes.push(() => void lanes.remove(key));
  for (const key of outcomes.getKeys({ ...range, limit: room() })) writes.push(() => void outcomes.remove(key));
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
