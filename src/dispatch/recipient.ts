/** What dispatch knows of a notifier: where each entry goes, how to attempt it, and how patient to be. */

import type { Entry } from '../base/request.ts';
import type { Messages } from '../examine/messages.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { Notifier } from '../notifier/notifier.ts';
import type { Rate } from '../option/number-syntax.ts';
import type { AttemptTracer } from './attempt-tracer.ts';
import type { BreakerPolicy } from './breaker.ts';
import type { Call } from './seldom.ts';

export interface DispatchPolicy {
  /** Attempts that may be under way at once. */
  readonly concurrency: number;
  /** Milliseconds after which the signal of an attempt aborts. */
  readonly attemptTimeoutMs: number;
  /** Milliseconds to wait before the second attempt, the third, …; the last one repeats. */
  readonly retryScheduleMs: readonly number[];
  /** Milliseconds after the first attempt at which an event is given up. */
  readonly retryForMs: number;
  /** The longest pause that a receiver may ask for, in milliseconds; 0: none. */
  readonly retryAfterMaxMs: number;
  readonly breaker: BreakerPolicy;
  /** Without it there is no limit. */
  readonly rate?: Rate | undefined;
  /** Without it nothing is held back. */
  readonly hold?: HoldPolicy | undefined;
}

/** How entries are held back before they are attempted. What is coalesced is what has the same `Recipient.together`. */
export interface HoldPolicy {
  /** So many at once in a period; the rest of it are coalesced at its end. Not together with `debounceMs`. */
  readonly throttle?: Rate;
  /** They are coalesced when none has come for so long. */
  readonly debounceMs?: number;
  /** A new message waits so long, and is not delivered when it was read meanwhile. */
  readonly unlessReadMs?: number;
}

export interface Recipient {
  /** Name of the notifier, and of its cursor in the log. */
  readonly name: string;
  readonly notifier: Notifier;
  readonly policy: DispatchPolicy;
  /** Everything goes one after the other as it was received, whatever lanes there are. */
  readonly asReceived?: boolean;
  /** Where it begins when the log does not know it yet: at the end (also when absent), the beginning, or a time in milliseconds. */
  readonly from?: 'end' | 'beginning' | number;
  /** Whether the other notifiers read on without waiting for this one. */
  readonly follows?: boolean;
  /** Set where hardly any entry is for it: it reads a moment after the others, or when it is called. */
  readonly seldom?: Call;
  /** Absent where nobody traces attempts. */
  readonly tracer?: AttemptTracer;
  /** Takes note of an entry that is new to this notifier, before `route`, in the order of the spool. */
  readonly recognise?: (entry: Entry) => void;
  /** For `policy.hold`: what an event is held back together with; undefined for what is never held back. Must not throw. */
  readonly together?: (entry: Entry) => string | undefined;
  /** For `HoldPolicy.unlessReadMs`: the messages that an event names. Must not throw. */
  readonly messages?: (entry: Entry) => Messages | undefined;
  /** Pure and quick; answers the same for the same entry as long as the configuration stands and nothing is forgotten. */
  route(entry: Entry): Route | Unusable;
}
