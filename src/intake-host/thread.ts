/** The main thread's side of a thread of intakes: starts it, asks it to read sockets, hears what has come. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { BelfryError } from '../base/error.ts';
import type { IntakeCounts, IntakeSetting } from '../intake/intake.ts';
import type { IntakeHostEvents, Listening, ThreadFacts } from './intake-host.ts';
import type { IntakeId, Renewal } from './intakes.ts';
import type { FromIntake, IntakeThreadCalls, IntakeThreadData, ToIntake } from './messages.ts';

/** Requests are in such a thread for a moment only. */
const maxYoungGenerationSizeMb = 8;

/** The file beside this one, as source or as built. */
const file = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** What has been asked; called with undefined when the thread has ended. */
type OnAnswer = (answer: Extract<FromIntake, { number: number }> | undefined) => void;

export class IntakeThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, OnAnswer>();
  #count = 0;
  #opened = 0;
  #ending = false;
  #over = false;
  #alive: Promise<void> | undefined;

  constructor(data: IntakeThreadData, events: IntakeHostEvents) {
    const transferList = 'port' in data.into ? [data.into.port] : [];
    this.#worker = new Worker(file, { workerData: data, transferList, resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker.on('message', (message: FromIntake) => {
      if (message.kind === 'last') events.onLast(message.last);
      else if (message.kind === 'line') events.onLine(message.line);
      else if (message.kind === 'socket-shut-down') events.onSocketShutDown(message.address);
      else this.#waiting.get(message.number)?.(message);
    });
    let reason = 'it ended';
    this.#worker.on('error', (error: Error) => {
      reason = error.stack ?? error.message;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#over = true;
        resolve();
        if (!this.#ending) events.onFailure(reason);
        for (const onAnswer of this.#waiting.values()) onAnswer(undefined);
      });
    });
  }

  /** See `IntakeHost.listen`. */
  async listen<Setting extends IntakeSetting>(setting: Setting, descriptor?: number): Promise<Listening<Setting>> {
    this.#opened += 1;
    const id = this.#opened;
    const address = await this.#ask('open', [id, setting, descriptor]);
    return { id, setting, address, stop: () => this.#stop(id) };
  }

  /** See `Intakes.renew`. */
  renew(renewals: readonly Renewal[]): Promise<void> {
    return this.#ask('renew', [renewals]);
  }

  /** Resolves when the event loop of the thread has answered; never, when the thread has ended. */
  alive(): Promise<void> {
    this.#alive ??= this.#ask('ping', []).then(
      () => {
        this.#alive = undefined;
      },
      () => new Promise(() => {}),
    );
    return this.#alive;
  }

  /** See `IntakeHost.facts`. Throws BelfryError SOCKET_IO when the thread has ended. */
  facts(isScraped: boolean): Promise<Omit<ThreadFacts, 'thread'>> {
    return this.#ask('facts', [isScraped]);
  }

  /** Has the thread append what comes on this port, see `RemoteWriter`. */
  serve(port: MessagePort): Promise<void> {
    return this.#ask('serve', [port], [port]);
  }

  /** Sets what the thread logs from now on. */
  setLogLevel(level: string): void {
    // One that has ended logs nothing.
    this.#ask('level', [level]).catch(() => {});
  }

  /** Ends the thread. Idempotent. */
  async end(): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      this.#worker.postMessage('end' satisfies ToIntake);
    }
    await this.#ended;
  }

  /** See `Intakes.stop`. What a thread had counted that has ended is not known. */
  #stop(id: IntakeId): Promise<IntakeCounts> {
    return this.#ask('stop', [id]).catch(() => ({ received: 0, truncated: 0, lost: 0 }));
  }

  #ask<K extends keyof IntakeThreadCalls>(
    call: K,
    args: Parameters<IntakeThreadCalls[K]>,
    transferList: MessagePort[] = [],
  ): Promise<Awaited<ReturnType<IntakeThreadCalls[K]>>> {
    this.#count += 1;
    const number = this.#count;
    return new Promise((resolve, reject) => {
      const settle: OnAnswer = (message) => {
        this.#waiting.delete(number);
        if (message === undefined) reject(new BelfryError('SOCKET_IO', 'the thread of the intake has ended'));
        else if (message.kind === 'refused') reject(new BelfryError(message.code, message.message));
        else resolve(message.answer as Awaited<ReturnType<IntakeThreadCalls[K]>>);
      };
      this.#waiting.set(number, settle);
      if (this.#over) settle(undefined);
      else this.#worker.postMessage({ number, call, args } satisfies ToIntake, transferList);
    });
  }
}
