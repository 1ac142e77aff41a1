/** What a command reads and writes, so that it can be run in a test as well as from a shell. */
import { readFileSync } from 'node:fs';
import { BelfryError, exitStatus, messageOf } from '../base/error.ts';
import { writeJson } from '../base/event.ts';
import { escapedJson } from '../base/printable.ts';

export interface CommandIo {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Resolves when so much of the output has been taken that more may come: a command that writes much waits for it. */
  taken?(): Promise<void>;
  /** Columns of the terminal that standard output is; absent where it is none, and then nothing is cut or wrapped. */
  readonly columns?: number | undefined;
  /** Standard error: what else there is to say. */
  err(text: string): void;
  /** Whether somebody watches standard error on a terminal. */
  readonly errIsTerminal?: boolean;
  /** Ends the command with this status once its output is out. */
  exit(status: number): void;
  /** Ends the process with that status, whatever is still open: for a command that has given up on what does not answer. */
  leave?(): void;
}

export const processIo: CommandIo = {
  out: (text) => {
    if (!process.stdout.listeners('error').includes(endQuietly)) process.stdout.on('error', endQuietly);
    process.stdout.write(text);
  },
  taken: async () => {
    const { stdout } = process;
    if (stdout.writableNeedDrain) await new Promise((resolve) => stdout.once('drain', resolve));
  },
  get columns() {
    return process.stdout.isTTY === true ? process.stdout.columns : undefined;
  },
  err: (text) => {
    process.stderr.write(text);
  },
  errIsTerminal: process.stderr.isTTY === true,
  exit: (status) => {
    process.exitCode = status;
  },
  // Standard output is written at once, be it a file, a pipe or a terminal.
  leave: () => process.exit(),
};

const leastWidth = 80;

/** Characters that a line may have. */
export function widthOf({ columns }: Pick<CommandIo, 'columns'>): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.max(leastWidth, columns);
}

/** `belfry queue list | head`: a reader that has enough closes the pipe, and that is no failure. */
function endQuietly(error: NodeJS.ErrnoException): never {
  process.exit(error.code === 'EPIPE' ? exitStatus.ok : exitStatus.ioError);
}

/** For --json: one object on a line, which a terminal can show whatever stands in it. */
export function outJson(io: Pick<CommandIo, 'out'>, value: unknown): void {
  io.out(`${escapedJson(writeJson(value))}\n`);
}

/** The bytes of a file, or of standard input for `-`. Throws BelfryError NO_INPUT. */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (thrown) {
    const name = file === '-' ? 'standard input' : file;
    throw new BelfryError('NO_INPUT', `cannot read ${name}: ${messageOf(thrown)}`);
  }
}
