/** What a consumer has before it, from its counters alone. */
import type { Position } from '../base/request.ts';
import type { ConsumerState } from './spool.ts';

/** How many entries wait, are under way or are deferred, where `last` is the newest entry of the same moment. */
export function unfinishedOf({ origin, dead, tally }: ConsumerState, last: Position): number {
  const { delivered, filtered, dropped, damaged } = tally;
  return last - origin - delivered - filtered - dropped - damaged - dead;
}
