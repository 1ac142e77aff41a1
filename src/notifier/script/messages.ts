/** What the daemon and the process of a script send to each other, by structured clone. */
import type { Outcome } from '../notifier.ts';

/** A notification, as the functions of the script get it in two parts. */
export interface ScriptNotification {
  readonly id: string;
  readonly attempt: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly class: string;
  readonly event?: string;
  readonly user: string;
  readonly mailbox: string;
  /** How many notifications it stands for, itself among them (`throttle`, `debounce`). Absent: itself. */
  readonly coalesced?: number;
}

/** Of one user and one lane. */
export interface ScriptJob {
  readonly number: number;
  readonly user: string;
  readonly notifications: readonly (readonly [payload: unknown, about: ScriptNotification])[];
}

/** To the script: jobs that were given in one turn of the event loop. */
export type ToScript = readonly ScriptJob[];

export type FromScript =
  | 'ready'
  /** A job that takes long makes progress. */
  | 'alive'
  | readonly (readonly [job: number, outcomes: readonly Outcome[]])[];
