/** The main thread's side of the intake: starts its thread, tells it which sockets to read, hears what has come. */
import { Worker } from 'node:worker_threads';
import type { SocketSetting } from './config/configuration.ts';
import { BelfryError } from './error.ts';
import type { IntakeCounts } from './intake/intake.ts';
import { allOfThem, type FromIntake, type IntakeThreadData, type ToIntake } from './intake-messages.ts';
import type { Position } from './request.ts';

export interface IntakeThreadEvents {
  /** Everything up to here is in the log. */
  onLast(last: Position): void;
  /** A line of the log, with its newline. */
  onLine(line: string): void;
  /** Who handed a socket over has shut it down. */
  onWithdrawn(address: string): void;
  /** The thread has ended without having been told to: a defect, after which nothing is taken any more. */
  onFailure(reason: string): void;
}

/** Requests are in this thread for a moment only. */
const maxYoungGenerationSizeMb = 8;

/** The file beside this one, as source or as built. */
const file = new URL(import.meta.url.endsWith('.ts') ? './intake-worker.ts' : './intake-worker.js', import.meta.url);

export class IntakeThread {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<string, (answer: FromIntake) => void>();
  #ending = false;
  #ping: { readonly answered: Promise<void>; readonly answer: () => void } | undefined;

  constructor(data: IntakeThreadData, events: IntakeThreadEvents) {
    this.#worker = new Worker(file, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker.on('message', (message: FromIntake) => {
      if (message.kind === 'last') events.onLast(message.last);
      else if (message.kind === 'line') events.onLine(message.line);
      else if (message.kind === 'withdrawn') events.onWithdrawn(message.address);
      else if (message.kind === 'alive') this.#hear();
      else this.#waiting.get(message.name)?.(message);
    });
    let reason = 'it ended';
    this.#worker.on('error', (error: Error) => {
      reason = error.stack ?? error.message;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        resolve();
        if (!this.#ending) events.onFailure(reason);
      });
    });
  }

  /** Opens a socket, or takes the one that was handed over, and begins to read it. Throws BelfryError as opening it does. */
  async listen(setting: SocketSetting, descriptor?: number): Promise<string> {
    const handedOver = descriptor === undefined ? {} : { descriptor };
    const answer = await this.#ask(setting.name, { kind: 'listen', setting, ...handedOver });
    if (answer.kind === 'refused') throw new BelfryError(answer.code, answer.message);
    return answer.kind === 'listening' ? answer.address : setting.name;
  }

  /** See `Engine.renew`. */
  async renew(settings: readonly SocketSetting[]): Promise<void> {
    const answer = await this.#ask(allOfThem, { kind: 'renew', settings });
    if (answer.kind === 'refused') throw new BelfryError(answer.code, answer.message);
  }

  /** Stops reading a socket; resolves when all that was read is in the log. */
  async stop(name: string): Promise<IntakeCounts> {
    const answer = await this.#ask(name, { kind: 'stop', name });
    return answer.kind === 'stopped' ? answer.counts : { received: 0, truncated: 0, lost: 0 };
  }

  /** Resolves when the event loop of the thread has answered. */
  alive(): Promise<void> {
    if (this.#ping === undefined) {
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      this.#ping = { answered, answer };
      this.#worker.postMessage({ kind: 'ping' } satisfies ToIntake);
    }
    return this.#ping.answered;
  }

  /** Sets what the thread logs from now on. */
  setLogLevel(level: string): void {
    this.#worker.postMessage({ kind: 'level', level } satisfies ToIntake);
  }

  /** Ends the thread. Idempotent. */
  async end(): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      this.#worker.postMessage({ kind: 'end' } satisfies ToIntake);
    }
    await this.#ended;
  }

  #hear(): void {
    this.#ping?.answer();
    this.#ping = undefined;
  }

  async #ask(name: string, question: ToIntake): Promise<FromIntake> {
    const answered = new Promise<FromIntake>((resolve) => {
      this.#waiting.set(name, resolve);
    });
    this.#worker.postMessage(question);
    const answer = await Promise.race([answered, this.#ended]);
    this.#waiting.delete(name);
    if (answer === undefined) throw new BelfryError('SOCKET_IO', 'the thread of the intake has ended');
    return answer;
  }
}
