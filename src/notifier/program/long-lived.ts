/** A child process that keeps running: what it writes to standard error is logged, and it is ended with its process group. */
import type { ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';
import type { TestRun } from '../test-run.ts';
import { ErrorLines } from './error-lines.ts';
import { notStartedText, saying } from './program-outcome.ts';
import { killGroup } from './spawn-group.ts';
import { LastBytes } from './started-program.ts';

/**
 * Milliseconds: for a program to end after its standard input was closed, then after SIGTERM, and then, after SIGKILL, to be
 * left behind (in uninterruptible sleep it does not even obey that). Less in all than what a notifier has to close.
 */
const graceMs = { endOfInput: 1500, term: 700, kill: 500 };
/** What is in the pipes at the end is read; a child of the program that holds them open is not waited for. */
const drainMs = 250;

export interface LongLivedSettings {
  /** In the reasons. */
  readonly path: string;
  readonly log: Logger;
  now(): number;
  readonly test?: TestRun | undefined;
  /** `reason` begins with the path. Called once. */
  ended(reason: string): void;
}

export class LongLived {
  readonly #child: ChildProcess;
  readonly #settings: LongLivedSettings;
  readonly #stderr = new LastBytes();
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #isOver = false;
  /** Why we end it. */
  #why: string | undefined;
  #closing = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, settings: LongLivedSettings) {
    const { path, log, now, test } = settings;
    this.#child = child;
    this.#settings = settings;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const lines = new ErrorLines(log, now);
    child.stderr?.on('error', () => {});
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr.add(chunk);
      lines.add(chunk);
      test?.trace('received', chunk.toString().trimEnd());
    });
    child.on('error', (error) => {
      if (child.pid === undefined) this.#finish(notStartedText(path, error));
    });
    child.once('exit', (status, by) => {
      const how = status === null ? `was killed by ${by ?? 'SIGKILL'}` : `exited with status ${status}`;
      // Nothing outlives it that it has started.
      killGroup(child.pid, 'SIGKILL');
      const finish = (): void => this.#finish(this.#why ?? `${path} ${how}${saying(this.#stderr.text())}`);
      this.#after(drainMs, finish);
      child.once('close', finish);
    });
  }

  /** The last of what it has written to standard error. */
  stderr(): string {
    return this.#stderr.text();
  }

  /** Ends it by force, because of `reason`, which begins with its path: SIGTERM, then SIGKILL. Idempotent. */
  stop(reason: string): void {
    if (this.#why !== undefined || this.#isOver) return;
    this.#why = `${reason}${saying(this.#stderr.text())}`;
    if (!this.#closing) this.#terminate();
  }

  /** Resolves when it has ended, after `closeInput`, or else by force. Idempotent. */
  close(closeInput: () => void): Promise<void> {
    if (!this.#closing && !this.#isOver) {
      this.#closing = true;
      closeInput();
      if (this.#why === undefined) this.#after(graceMs.endOfInput, () => this.#terminate());
    }
    return this.#ended;
  }

  #terminate(): void {
    const { pid } = this.#child;
    killGroup(pid, 'SIGTERM');
    this.#after(graceMs.term, () => {
      killGroup(pid, 'SIGKILL');
      this.#after(graceMs.kill, () => this.#finish(this.#why ?? `${this.#settings.path} does not end`));
    });
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.#timer = setTimeout(then, ms);
  }

  #finish(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { stdin, stdout, stderr } = this.#child;
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
    if (this.#child.connected) this.#child.disconnect();
    this.#child.removeAllListeners();
    this.#child.on('error', () => {});
    this.#child.unref();
    this.#settings.ended(reason);
    this.#end();
  }
}
