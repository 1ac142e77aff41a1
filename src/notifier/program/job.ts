/** What a notifier with a program that keeps running gives to it, and what it needs to know of the program. */
import type { Delivery, Outcome } from '../notifier.ts';

/** Notifications that the program takes together, and which it confirms together. */
export interface Job {
  /** At least one. */
  readonly deliveries: readonly Delivery[];
  /** Outcome i is that of delivery i. Only the first call has an effect. */
  settle(outcomes: readonly Outcome[]): void;
}

/** What the program is doing, as seen by who started it. */
export interface ProgramEvents {
  /** It takes jobs from now on. */
  ready(): void;
  answered(job: Job, outcomes: readonly Outcome[]): void;
  /** It still works on what it has. */
  alive(): void;
  /** It has ended, and so has its process group. `reason` begins with its name. To be called once. */
  ended(reason: string): void;
}

/** A program that has been started. */
export interface JobProgram {
  send(job: Job): void;
  /** Ends it by force, because of `reason`, which begins with its name. Idempotent. */
  stop(reason: string): void;
  /** Asks it to end, and ends it by force when it does not. Resolves when it has ended. Idempotent. */
  close(): Promise<void>;
}

/** Throws an error whose message begins with the name of the program when it cannot be started; `events` are called later. */
export type StartJobProgram = (events: ProgramEvents) => JobProgram;

/** The same outcome for all. */
export function settleAll(job: Job, outcome: Outcome): void {
  job.settle(job.deliveries.map(() => outcome));
}
