/**
 * How many entries one notifier has in memory at the same time. What lives long costs the collector of young objects, so many
 * notifiers have fewer each.
 */

/** Fresh entries in lanes, but two for each attempt that may be under way. */
const inLanes = { least: 32, most: 128, ofAll: 512 };
/** Entries of one run: the lines of more are larger than what the allocator keeps, and are mapped and unmapped by the system each time. */
const inRun = { least: 64, most: 128, ofAll: 1024 };

const shareOf = ({ least, most, ofAll }: typeof inRun, notifiers: number): number =>
  Math.max(least, Math.min(most, Math.floor(ofAll / notifiers)));

/** Bytes of requests in lanes, unless one alone is larger. */
export const openBytes = 16 * 1024 * 1024;
/** Items of one lane, so that a busy mailbox leaves room for the others. */
const shortestLane = 64;

export function laneLength(maxBatch: number): number {
  return Math.max(shortestLane, 2 * maxBatch);
}

/** `notifiers`: how many read at the same time. `gathered`: how many a call is to be filled with; there are several calls then. */
export function laneWindow(concurrency: number, notifiers: number, gathered = 0): number {
  const calls = Math.min(concurrency * gathered, Math.floor(inLanes.ofAll / notifiers));
  return Math.max(shareOf(inLanes, notifiers), 2 * concurrency, 2 * gathered, calls);
}

/** Lanes with deferred entries: as many as can be at work, and one more for each. */
export function deferredWindow(concurrency: number, gathered = 0): number {
  return Math.max(2 * concurrency, gathered);
}

export function runWindow(maxBatch: number, notifiers: number): number {
  return Math.min(shareOf(inRun, notifiers), maxBatch);
}
