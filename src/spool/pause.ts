/** When others than the consumer itself may commit for it. */
import type { Position } from '../base/request.ts';

/** A moment in which a consumer does nothing: all that it has is in the spool, and its cursor is where it has read to. */
export interface Pause {
  /** Entries that are being attempted; they are deferred in the spool, and must stay so. */
  readonly underWay: ReadonlySet<Position>;
  /** Lets the circuit breaker find out at once whether the receiver is back. */
  probe(): void;
}
