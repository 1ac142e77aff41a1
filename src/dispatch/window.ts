/**
 * How many entries one notifier has in memory at the same time. What lives long costs the collector of young objects, so many
 * notifiers have fewer each.
 */

/** Fresh entries in lanes, but two for each attempt that may be under way. */
const inLanes = { least: 32, most: 128, ofAll: 512 };

const shareOf = ({ least, most, ofAll }: typeof inLanes, notifiers: number): number =>
  Math.max(least, Math.min(most, Math.floor(ofAll / notifiers)));

/** `notifiers`: how many read at the same time. */
export function laneWindow(concurrency: number, notifiers: number): number {
  return Math.max(shareOf(inLanes, notifiers), 2 * concurrency);
}
