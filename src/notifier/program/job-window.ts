/** Gives jobs to a program that keeps running: so many at a time, again where it ends, and none while it only fails. */
import type { Logger } from 'pino';
import { messageOf } from '../../base/error.ts';
import { type Job, type JobProgram, type ProgramEvents, type StartJobProgram, settleAll } from './job.ts';

/** Between two starts of a program that has confirmed nothing in between, in milliseconds: doubled each time, up to the last. */
const backoff = { firstMs: 100, lastMs: 30_000 };

export interface WindowSettings {
  /** How many jobs the program may have without having confirmed them. */
  readonly size: number;
  readonly log: Logger;
  now(): number;
  random(): number;
}

export class JobWindow {
  readonly #settings: WindowSettings;
  readonly #start: StartJobProgram;
  readonly #onAlive: () => void;
  /** In the order in which they came. */
  #queue: Job[] = [];
  readonly #underWay = new Set<Job>();
  /** Ids of what a program had when it ended, one of which may have been the cause: each goes alone. */
  readonly #suspects = new Set<string>();
  #suspectUnderWay = false;
  #program: JobProgram | undefined;
  #isReady = false;
  /** It has confirmed something, or has had its whole time: the next start may follow at once. */
  #isPaced = false;
  #delayMs = 0;
  #notBefore = 0;
  #lastEnd = '';
  #closing: Promise<void> | undefined;

  /** `onAlive` is called when the program has done something. */
  constructor(settings: WindowSettings, start: StartJobProgram, onAlive: () => void) {
    this.#settings = settings;
    this.#start = start;
    this.#onAlive = onAlive;
  }

  submit(job: Job): void {
    this.#queue.push(job);
    if (this.#closing === undefined) this.#pump();
    else this.#giveUp(this.#queue.splice(0));
  }

  /** They are not sent any more. What the program has is not affected. */
  withdraw(jobs: ReadonlySet<Job>): void {
    this.#queue = this.#queue.filter((job) => !jobs.has(job));
  }

  /** The program has done nothing for too long. It is started again for the next job. */
  hangs(reason: string): void {
    this.#isReady = false;
    this.#isPaced = true;
    this.#program?.stop(reason);
  }

  /** Asks the program to end. What has not been confirmed by then is tried again. Idempotent. */
  close(): Promise<void> {
    this.#isReady = false;
    this.#closing ??= this.#program?.close() ?? Promise.resolve();
    this.#giveUp(this.#queue.splice(0));
    return this.#closing;
  }

  #giveUp(jobs: readonly Job[]): void {
    for (const job of jobs) settleAll(job, { status: 'retry', reason: 'the notifier was closed' });
  }

  #pump(): void {
    if (this.#queue.length === 0 || this.#closing !== undefined) return;
    if (this.#program === undefined) {
      if (this.#settings.now() < this.#notBefore) this.#putOff();
      else this.#startProgram();
    }
    while (this.#isReady && this.#underWay.size < this.#settings.size && !this.#suspectUnderWay) {
      const [job] = this.#queue;
      if (job === undefined) return;
      const isSuspect =
        this.#suspects.size > 0 && job.deliveries.some((one) => this.#suspects.has(one.notification.id));
      if (isSuspect && this.#underWay.size > 0) return;
      this.#suspectUnderWay = isSuspect;
      this.#queue.shift();
      this.#underWay.add(job);
      this.#program?.send(job);
    }
  }

  /** It has only failed lately: what waits is not held up until it may be started again. */
  #putOff(): void {
    const afterMs = Math.max(1, this.#notBefore - this.#settings.now());
    const reason = `${this.#lastEnd}; belfry starts it again after a pause`;
    for (const job of this.#queue.splice(0)) settleAll(job, { status: 'retry', reason, afterMs });
  }

  #startProgram(): void {
    this.#isPaced = false;
    try {
      this.#program = this.#start(this.#events);
    } catch (error) {
      this.#ended(messageOf(error));
    }
  }

  readonly #events: ProgramEvents = {
    ready: () => {
      if (this.#closing !== undefined) return;
      this.#isReady = true;
      this.#pump();
    },
    alive: () => this.#onAlive(),
    answered: (job, outcomes) => {
      this.#isPaced = true;
      this.#underWay.delete(job);
      this.#suspectUnderWay = false;
      if (this.#suspects.size > 0)
        for (const { notification } of job.deliveries) this.#suspects.delete(notification.id);
      this.#onAlive();
      job.settle(outcomes);
      this.#pump();
    },
    ended: (reason) => this.#ended(reason),
  };

  #ended(reason: string): void {
    const { log, now, random } = this.#settings;
    this.#program = undefined;
    this.#isReady = false;
    this.#suspectUnderWay = false;
    this.#lastEnd = reason;
    const unconfirmed = [...this.#underWay];
    this.#underWay.clear();
    if (this.#closing !== undefined) {
      this.#giveUp(unconfirmed);
      return;
    }
    this.#delayMs = this.#isPaced ? 0 : Math.min(backoff.lastMs, Math.max(backoff.firstMs, this.#delayMs * 2));
    // Up to a quarter less, so that several programs are not started together for ever.
    const afterMs = Math.ceil(this.#delayMs * (1 - random() / 4));
    this.#notBefore = now() + afterMs;
    log.warn(
      { reason, unconfirmed: unconfirmed.length, afterMs },
      'program ended; belfry starts it again when it is needed',
    );
    this.#suspect(unconfirmed);
    const outcome = {
      status: 'retry',
      reason: `${reason}, before it had confirmed this`,
      ...(afterMs > 0 && { afterMs }),
    } as const;
    for (const job of unconfirmed) settleAll(job, outcome);
    this.#pump();
  }

  #suspect(jobs: readonly Job[]): void {
    // What was rejected or dropped meanwhile never comes again, so older ones are not kept for ever.
    if (this.#suspects.size > 16 * this.#settings.size) this.#suspects.clear();
    for (const { deliveries } of jobs) for (const { notification } of deliveries) this.#suspects.add(notification.id);
  }
}
