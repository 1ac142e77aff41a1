/** What became of a consumer's entries, and what it still has before it, from its counters alone. */
import type { Position } from '../base/request.ts';
import type { ConsumerState } from './spool.ts';

/** What became of entries, for the accounting. Deferred, dead and waiting ones are counted from the spool itself. */
export interface Tally {
  readonly delivered: number;
  readonly filtered: number;
  /** A later one stands for them, see `Coalesced`. Absent: none. */
  readonly coalesced?: number;
  /** What an administrator has dropped, and dead letters that were discarded because their share was full. */
  readonly dropped: number;
  /** Unreadable entries: the file is damaged where they were. */
  readonly damaged: number;
}

/** That of a consumer that is new. */
export const noTally: Tally = { delivered: 0, filtered: 0, dropped: 0, damaged: 0 };

export function addTally(sum: Tally, more: Partial<Tally> = {}): Tally {
  const coalesced = (sum.coalesced ?? 0) + (more.coalesced ?? 0);
  return {
    delivered: sum.delivered + (more.delivered ?? 0),
    filtered: sum.filtered + (more.filtered ?? 0),
    ...(coalesced === 0 ? {} : { coalesced }),
    dropped: sum.dropped + (more.dropped ?? 0),
    damaged: sum.damaged + (more.damaged ?? 0),
  };
}

/** How many entries wait, are under way or are deferred, where `last` is the newest entry of the same moment. */
export function unfinishedOf({ origin, dead, tally }: ConsumerState, last: Position): number {
  const { delivered, filtered, coalesced = 0, dropped, damaged } = tally;
  return last - origin - delivered - filtered - coalesced - dropped - damaged - dead;
}
