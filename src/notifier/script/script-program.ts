/** The process of a script, as the daemon sees it: it is sent jobs, and answers them in any order. */
import type { Json, JsonObject } from '../../base/event.ts';
import { ExactNumber, writeJson } from '../../base/event.ts';
import type { Delivery, Outcome } from '../notifier.ts';
import type { Job, JobProgram, ProgramEvents } from '../program/job.ts';
import type { LongLived, LongLivedSettings } from '../program/long-lived.ts';
import { startLongLived } from '../program/start-long-lived.ts';
import type { Program } from '../program/started-program.ts';
import type { FromScript, ScriptJob, ScriptNotification, ToScript } from './messages.ts';
import { mistakeIn } from './mistake.ts';

export class ScriptProgram implements JobProgram {
  readonly #events: ProgramEvents;
  readonly #test: LongLivedSettings['test'];
  readonly #process: LongLived;
  readonly #send: (jobs: ToScript) => void;
  readonly #disconnect: () => void;
  readonly #jobs = new Map<number, Job>();
  #count = 0;
  #isReady = false;
  #unsent: ScriptJob[] = [];

  /** `path` is that of the script, for reasons. */
  constructor(
    program: Omit<Program, 'input'>,
    path: string,
    services: Pick<LongLivedSettings, 'log' | 'now' | 'test'>,
    events: ProgramEvents,
  ) {
    this.#events = events;
    this.#test = services.test;
    const ended = (reason: string): void => {
      if (this.#isReady) events.ended(reason);
      else events.ended(`${path} cannot be loaded: ${mistakeIn(this.#process.stderr(), path) ?? reason}`);
    };
    const { child, life } = startLongLived(
      program,
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' },
      { ...services, path, ended },
    );
    this.#process = life;
    this.#send = (jobs) => {
      // It fails where the process has ended, which is heard of in any case.
      if (child.connected) child.send([...jobs], () => {});
    };
    this.#disconnect = () => {
      if (child.connected) child.disconnect();
    };
    child.on('message', (message) => this.#take(message as FromScript));
  }

  send(job: Job): void {
    this.#count += 1;
    this.#jobs.set(this.#count, job);
    if (this.#unsent.length === 0) process.nextTick(this.#flush);
    for (const { notification } of this.#test === undefined ? [] : job.deliveries) {
      this.#test?.trace('sent', `${notification.event ?? 'other'} ${writeJson(notification.payload)}`);
    }
    const { user } = job.deliveries[0]?.notification ?? { user: '' };
    this.#unsent.push({ number: this.#count, user, notifications: job.deliveries.map(notificationOf) });
  }

  stop(reason: string): void {
    this.#process.stop(reason);
  }

  close(): Promise<void> {
    this.#flush();
    return this.#process.close(this.#disconnect);
  }

  readonly #flush = (): void => {
    const jobs = this.#unsent;
    this.#unsent = [];
    if (jobs.length > 0) this.#send(jobs);
  };

  #take(message: FromScript): void {
    if (message === 'ready') {
      this.#isReady = true;
      this.#events.ready();
    } else if (message === 'alive') this.#events.alive();
    else for (const [number, outcomes] of message) this.#answered(number, outcomes);
  }

  #answered(number: number, outcomes: readonly Outcome[]): void {
    const job = this.#jobs.get(number);
    if (job === undefined) return;
    this.#jobs.delete(number);
    for (const outcome of outcomes) this.#test?.trace('received', JSON.stringify(outcome));
    this.#events.answered(job, outcomes);
  }
}

function notificationOf({ notification, attempt }: Delivery): readonly [unknown, ScriptNotification] {
  const { id, receivedAt, class: requestClass, event, user, mailbox, payload, coalesced } = notification;
  const type = event === undefined ? {} : { event };
  const more = coalesced === undefined ? {} : { coalesced: coalesced.count };
  return [plain(payload), { id, attempt, receivedAt, class: requestClass, ...type, user, mailbox, ...more }];
}

/** Numbers that a double cannot hold as a bigint; those that it can (`1.0`) as a number. */
function plain(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ExactNumber) return /^-?[0-9]+$/.test(value.text) ? BigInt(value.text) : Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, one]) => [key, plain(one)]));
}
