/** What the ways of starting a program have in common. */
import type { ProcessExit } from '../../os/process-exit.ts';

export interface Program {
  /** The path of the program, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its working directory. Default: `/`. */
  readonly directory?: string;
  /** Programs that run `argv` with limits and as another user. */
  readonly prefix?: Prefix;
  /** What it reads from its standard input. It need not read it. */
  readonly input: string | Uint8Array;
}

interface Prefix {
  /** prlimit(1), setpriv(1), with their arguments; `argv` follows. */
  readonly words: readonly [string, ...string[]];
  /** The program will not run as the user of the daemon. */
  readonly changesUser: boolean;
}

/** What is started, in the end. */
export function wordsOf({ argv, prefix }: Omit<Program, 'input'>): readonly [string, ...string[]] {
  return prefix === undefined ? argv : [...prefix.words, ...argv];
}

/** A program that runs, or that turns out not to. */
export interface StartedProgram {
  /** Also the number of its process group. Undefined when it was not started. */
  readonly pid: number | undefined;
  /** Resolves when it has ended; rejects with the error of the system when it was not started. */
  readonly exit: Promise<ProcessExit>;
  /** Resolves when its standard error has been read to the end, which a child of the program can hold open. */
  readonly silent: Promise<void>;
  /** The last of what it has written to standard error so far. */
  stderr(): string;
  /** Closes the pipes. One that still runs is not waited for any more, and does not keep this process alive. */
  release(): void;
}

/**
 * Starts a program in a session and a process group of its own, so that what it has started can be stopped with it. Its standard
 * output goes to /dev/null, it gives way to the daemon before it has its input, and it has no descriptor but 0, 1 and 2. Throws an error that keeps it
 * from being started, with the code of the system, unless `exit` rejects with that.
 */
export type Start = (program: Program) => StartedProgram;

/** Bytes of standard error that are kept: the last ones say what went wrong. */
const stderrLimit = 4096;

/** The last of what was written. */
export class LastBytes {
  #kept: Buffer = Buffer.alloc(0);

  add(chunk: Uint8Array): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-stderrLimit);
  }

  text(): string {
    return this.#kept.toString('utf8');
  }
}
