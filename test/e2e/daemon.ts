/** The real daemon as a process: started from the launcher, watched through its log and /proc, stopped by a signal. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { type Ending, type RunOptions, runProgram } from './run-program.ts';
import { type Defer, root } from './workspace.ts';

/** A line of the daemon's log, under the names that all lines share. */
interface LogLine {
  readonly [field: string]: unknown;
  readonly msg?: string;
}

export interface ExitReport {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Memory {
  /** Resident set, now and at its highest, in bytes. */
  readonly now: number;
  readonly highest: number;
}

export interface Daemon {
  readonly pid: number;
  /** All lines of the log so far that are JSON. */
  lines(): readonly LogLine[];
  /** Everything on standard output and standard error. */
  output(): string;
  /** Resolves with the first line that satisfies `wanted`; fails as soon as the daemon is gone without one. */
  line(what: string, wanted: (line: LogLine) => boolean, deadlineMs?: number): Promise<LogLine>;
  send(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended and all it wrote has been read. */
  readonly ended: Promise<ExitReport>;
  /** Tells it to stop, and waits. */
  stop(): Promise<ExitReport>;
  memory(): Promise<Memory>;
  /** Closes our end of its standard output, as a log reader that dies does. */
  closeOutput(): void;
}

export interface DaemonOptions {
  readonly cwd?: string;
  /** Who it runs as, with the groups of that user; and a launcher that this user can read. */
  readonly as?: { readonly user: string; readonly group: string; readonly launcher: string };
  /** Instead of this checkout's. */
  readonly launcher?: string;
  /** Resolve without waiting for the line `ready`. */
  readonly unready?: true;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sockets that it gets as systemd's socket activation gives them, by their names. */
  readonly inherited?: Readonly<Record<string, number>>;
  /** What is open beside that, and no variable names. */
  readonly alsoOpen?: readonly number[];
}

/** What Node is to run. */
export const launcher: string = join(root, 'bin', 'belfry');

/** Runs one command of belfry to its end. */
export function belfry(words: readonly string[], options?: RunOptions): Promise<Ending> {
  return runProgram(process.execPath, [launcher, ...words], options);
}

/** Starts `belfry WORDS` and resolves when its sockets are open. Killed at the end of the run if it still lives. */
export async function startDaemon(
  words: readonly string[],
  defer: Defer,
  options: DaemonOptions = {},
): Promise<Daemon> {
  const inherited = Object.entries(options.inherited ?? {});
  const listen = {
    LISTEN_FDS: String(inherited.length),
    LISTEN_FDNAMES: inherited.map(([name]) => name).join(':'),
  };
  // Only the process itself knows the id that LISTEN_PID must have, and it is the shell's that becomes it.
  const activate = inherited.length === 0 ? [] : ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'];
  const { as } = options;
  const become = as === undefined ? [] : ['setpriv', '--reuid', as.user, '--regid', as.group, '--init-groups'];
  const [program = '', ...all] = [
    ...activate,
    ...become,
    process.execPath,
    as?.launcher ?? options.launcher ?? launcher,
    ...words,
  ];
  const child = spawn(program, all, {
    cwd: options.cwd ?? root,
    stdio: ['ignore', 'pipe', 'pipe', ...inherited.map(([, descriptor]) => descriptor), ...(options.alsoOpen ?? [])],
    env: { ...process.env, ...(inherited.length === 0 ? {} : listen), ...options.env },
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the daemon cannot be started');
  let text = '';
  const lines: LogLine[] = [];
  let rest = '';
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('its output is not piped');
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const complete = (rest + chunk).split('\n');
    rest = complete.pop() ?? '';
    lines.push(...complete.flatMap(parseLine));
  });
  stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  let exit: ExitReport | undefined;
  const ended = new Promise<ExitReport>((resolve) => {
    child.on('close', (status, signal) => {
      exit = { status, signal };
      resolve(exit);
    });
  });
  defer(async () => {
    if (exit === undefined) child.kill('SIGKILL');
    await ended;
  });

  const daemon: Daemon = {
    pid,
    lines: () => lines,
    output: () => text,
    line: (what, wanted, deadlineMs = 120_000) =>
      until(
        what,
        () => {
          const found = lines.find(wanted);
          if (found === undefined && exit !== undefined) {
            throw new Error(`the daemon ended (${JSON.stringify(exit)}) before: ${what}\n${text.slice(-4000)}`);
          }
          return found;
        },
        { deadlineMs, seen: () => text.slice(-4000) },
      ),
    send: (signal) => {
      child.kill(signal);
    },
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    memory: async () => memoryIn(await readFile(`/proc/${pid}/status`, 'utf8')),
    closeOutput: () => {
      stdout.destroy();
    },
  };
  if (options.unready === undefined) await daemon.line('the log line "ready"', ({ msg }) => msg === 'ready');
  return daemon;
}

function parseLine(line: string): readonly LogLine[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function memoryIn(status: string): Memory {
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), highest: bytes('VmHWM') };
}
