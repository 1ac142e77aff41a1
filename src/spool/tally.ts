/** What became of a consumer's entries, and what it still has before it, from its counters alone. */
import type { Position } from '../base/request.ts';
import type { ConsumerState, Tally } from './spool.ts';

/** That of a consumer that is new. */
export const noTally: Tally = { delivered: 0, filtered: 0, dropped: 0, damaged: 0 };

export function addTally(sum: Tally, more: Partial<Tally> = {}): Tally {
  return {
    delivered: sum.delivered + (more.delivered ?? 0),
    filtered: sum.filtered + (more.filtered ?? 0),
    dropped: sum.dropped + (more.dropped ?? 0),
    damaged: sum.damaged + (more.damaged ?? 0),
  };
}

/** How many entries wait, are under way or are deferred, where `last` is the newest entry of the same moment. */
export function unfinishedOf({ origin, dead, tally }: ConsumerState, last: Position): number {
  const { delivered, filtered, dropped, damaged } = tally;
  return last - origin - delivered - filtered - dropped - damaged - dead;
}
