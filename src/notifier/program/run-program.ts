/** Runs programs without a shell, with text on their standard input, and stops them when their attempt is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import { closeAllOnExec } from '../../os/close-on-exec.ts';
import { backgroundNice, lowerPriority } from '../../os/priority.ts';
import { type AbortReason, abortReason } from '../notifier.ts';

export interface Program {
  /** The path of the program, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from its standard input. It need not read it. */
  readonly input: string | Uint8Array;
}

/** Programs that have not ended yet, of one notifier. */
export type RunningPrograms = Set<ChildProcess>;

/** How a run ended; `stderr` holds the last of what the program wrote there. */
export type Ending =
  | { readonly how: 'exited'; readonly status: number; readonly stderr: string }
  | { readonly how: 'killed'; readonly by: NodeJS.Signals; readonly stderr: string }
  /** Stopped by us, because `signal` aborted. */
  | { readonly how: 'stopped'; readonly why: AbortReason; readonly stderr: string }
  /** It never ran. `code` is that of the system (`ENOENT`), as far as there was one. */
  | { readonly how: 'not started'; readonly code: string | undefined; readonly message: string };

/** Bytes of standard error that are kept: the last ones say what went wrong. */
const stderrLimit = 4096;
/** A program that is stopped has this long between SIGTERM and SIGKILL, in milliseconds. */
const graceMs: Readonly<Record<AbortReason, number>> = { timeout: 5000, shutdown: 1000 };
/** A program in uninterruptible sleep does not even obey SIGKILL: after this long it is left behind. */
const deafMs = 1000;
/** What is in the pipe at the end is read; a child of the program that holds the pipe open is not waited for. */
const drainMs = 250;

/** Two pipes, /dev/null, and a pipe on which the child reports a failed exec. */
const descriptorsNeeded = 7;

/**
 * Runs `program` in a process group of its own, so that what it has started is stopped with it. Its standard output
 * goes to /dev/null, its working directory is `/`, it gives way to the daemon, and it has no descriptor but 0, 1 and 2. Never rejects; when `signal`
 * aborts, settles within seconds: the program is sent SIGTERM, and later SIGKILL. `running` holds it until then.
 */
export function runProgram(program: Program, signal: AbortSignal, running: RunningPrograms): Promise<Ending> {
  if (signal.aborted) return Promise.resolve({ how: 'stopped', why: abortReason(signal), stderr: '' });
  let child: ChildProcess;
  try {
    requireDescriptors();
    const [file, ...parameters] = program.argv;
    // Without a turn of the event loop in between: what this thread opens later is open for later programs only.
    closeAllOnExec();
    child = spawn(file, parameters, {
      cwd: '/',
      env: { ...program.environment },
      stdio: ['pipe', 'ignore', 'pipe'],
      shell: false,
      detached: true,
    });
    // Where it cannot be done the program runs all the same.
    if (child.pid !== undefined) lowerPriority(backgroundNice, child.pid);
  } catch (error) {
    // Node throws what is wrong with the arguments, and some errors of the system (E2BIG).
    return Promise.resolve(notStarted(error));
  }
  return supervise(child, program, signal, running);
}

/**
 * Throws EMFILE or ENFILE when spawn would meet it. Node never closes the pipes that it has opened when spawn fails with
 * these two: each attempt would make the shortage worse.
 */
function requireDescriptors(): void {
  const held: number[] = [];
  try {
    while (held.length < descriptorsNeeded) held.push(openSync('/dev/null', 'r'));
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}

function notStarted(error: unknown): Ending {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { how: 'not started', code, message: messageOf(error) };
}

/** Kills programs that have not ended though they were asked to. */
export function killAll(running: RunningPrograms): void {
  for (const child of running) killGroup(child, 'SIGKILL');
}

function supervise(
  child: ChildProcess,
  program: Program,
  signal: AbortSignal,
  running: RunningPrograms,
): Promise<Ending> {
  return new Promise((resolve) => {
    const stderr = keepLast(child, stderrLimit);
    let stopped: AbortReason | undefined;
    let timer: NodeJS.Timeout | undefined;

    function after(ms: number, then: () => void): void {
      clearTimeout(timer);
      timer = setTimeout(then, ms);
    }
    function stop(): void {
      const why = abortReason(signal);
      stopped = why;
      killGroup(child, 'SIGTERM');
      after(graceMs[why], () => {
        killGroup(child, 'SIGKILL');
        after(deafMs, () => end({ how: 'stopped', why, stderr: stderr() }));
      });
    }
    function end(ending: Ending): void {
      clearTimeout(timer);
      running.delete(child);
      signal.removeEventListener('abort', stop);
      child.removeAllListeners();
      child.on('error', () => {});
      child.stdin?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve(ending);
    }

    child.once('error', (error) => end(notStarted(error)));
    child.once('exit', (status, by) => {
      signal.removeEventListener('abort', stop);
      // The program has had its chance; what it leaves behind of its group has none.
      if (stopped) killGroup(child, 'SIGKILL');
      const finish = (): void => end(endingOf(stopped, status, by, stderr()));
      child.once('close', finish);
      after(drainMs, finish);
    });
    running.add(child);
    signal.addEventListener('abort', stop, { once: true });
    // EPIPE when the program ends without having read everything: that is its right.
    child.stdin?.on('error', () => {});
    child.stdin?.end(program.input);
  });
}

function endingOf(
  stopped: AbortReason | undefined,
  status: number | null,
  by: NodeJS.Signals | null,
  stderr: string,
): Ending {
  if (stopped) return { how: 'stopped', why: stopped, stderr };
  if (status === null) return { how: 'killed', by: by ?? 'SIGKILL', stderr };
  return { how: 'exited', status, stderr };
}

/** The whole group, whose number is that of the program since it was started as the group's leader. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody of the group is left. EPERM: a set-user-ID program, which ends by itself or is left behind.
  }
}

/** Reads standard error to its end; answers the last `limit` bytes of it whenever it is asked. */
function keepLast(child: ChildProcess, limit: number): () => string {
  let kept: Buffer = Buffer.alloc(0);
  child.stderr?.on('error', () => {});
  child.stderr?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-limit);
  });
  return () => kept.toString('utf8');
}
