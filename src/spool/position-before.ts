/** Finds a time in the spool, which is in the order of time: where to begin a replay, or a new notifier. */
import type { Position } from '../base/request.ts';
import type { Spool } from './spool.ts';

/** The newest position whose entry was received before a time (milliseconds since the epoch); a few readings, no walk. */
export async function positionBefore(spool: Spool, at: number): Promise<Position> {
  const { first, last } = await spool.state();
  let [low, high] = [first - 1, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await spool.read(middle, 1);
    if (entry === undefined || entry.receivedAt >= at) high = middle;
    else low = entry.position;
  }
  return low;
}
