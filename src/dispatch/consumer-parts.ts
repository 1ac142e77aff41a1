/** What a consumer works with, and what it reports. */

import type { Entry } from '../base/request.ts';
import type { FilterReason } from '../filter/filter.ts';
import type { Delivery, Outcome } from '../notifier/notifier.ts';
import type { DeadLetter, Discarded, Spool } from '../spool/spool.ts';
import type { BreakerState } from './breaker.ts';
import type { Patience } from './call-time.ts';
import type { Item } from './lane.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { DispatchLog } from './unbreakable.ts';

/** Told of everything that happens to an entry, for logs and counts. */
export interface Observer {
  /** `quiet`: of a notifier that takes batches. */
  attempted(recipient: string, item: Item, outcome: Outcome, durationMs: number, quiet: boolean): void;
  /** All these were delivered by one call of a notifier that takes batches; `answers`: what the receiver said of each. */
  delivered(
    recipient: string,
    deliveries: readonly Delivery[],
    answers: readonly (string | undefined)[],
    durationMs: number,
  ): void;
  filtered(recipient: string, entry: Entry, option: string, detail: string): void;
  /** A notification that was held back is not delivered. */
  filteredWhileHeld(recipient: string, id: string, reason: FilterReason): void;
  /** `count` entries are delivered as one, which is the last of them. */
  coalesced(recipient: string, last: Entry, count: number): void;
  /** It becomes a dead letter without an attempt: of the requests that could not be used, or of a notifier that it cannot be examined for. */
  unusable(recipient: string, letter: Pick<DeadLetter, 'entry' | 'reason'>): void;
  /** Requests that could not be used are not even kept. */
  discarded(discarded: Discarded): void;
  becameDead(recipient: string, item: Item, reason: string): void;
  breaker(recipient: string, state: BreakerState, pauseMs: number, reason: string): void;
  /** The receiver asks for a pause. `more`: it has before, and is being attempted carefully since. */
  throttled(recipient: string, pauseMs: number, reason: string, more: boolean): void;
  /** It takes as much as usual again. */
  recovered(recipient: string): void;
}

export interface ConsumerParts {
  readonly spool: Spool;
  readonly log: DispatchLog;
  readonly observer: Observer;
  /** Shared by all consumers. */
  readonly readAhead: ReadAhead;
  /** Milliseconds since the epoch; never runs backwards. */
  readonly now: () => number;
  /** See `SteadyClock`. */
  readonly notBefore: (at: number) => void;
  readonly random: () => number;
  /** For tests, which have no time to lose. */
  readonly patience?: Patience;
}

/** How a notifier stands. */
export interface NotifierState {
  readonly breaker: BreakerState;
  /** While the breaker is open: when the next attempt may be made, in milliseconds since the epoch. */
  readonly pausedUntil?: number;
  /** Unless the breaker is closed: since when the receiver is taken to be away, in milliseconds since the epoch. */
  readonly awaySince?: number;
  /** Calls that are under way. */
  readonly inFlight: number;
}
