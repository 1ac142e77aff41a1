/** Runs programs without a shell, with text on their standard input, and stops them when their attempt is over. */
import { messageOf } from '../../base/error.ts';
import type { ProcessExit } from '../../os/process-exit.ts';
import { type AbortReason, abortReason } from '../notifier.ts';
import { killGroup } from './spawn-group.ts';
import { startByChildProcess } from './start-by-child-process.ts';
import { startByPosixSpawn } from './start-by-posix-spawn.ts';
import type { Program, Start, StartedProgram } from './started-program.ts';

/** Programs that have not ended yet, of one notifier. */
export type RunningPrograms = Set<StartedProgram>;

/** How a run ended; `stderr` holds the last of what the program wrote there. */
export type Ending =
  | { readonly how: 'exited'; readonly status: number; readonly stderr: string }
  | { readonly how: 'killed'; readonly by: string; readonly stderr: string }
  /** Stopped by us, because `signal` aborted. */
  | { readonly how: 'stopped'; readonly why: AbortReason; readonly stderr: string }
  /** It never ran. `code` is that of the system (`ENOENT`), as far as there was one. */
  | { readonly how: 'not started'; readonly code: string | undefined; readonly message: string };

/** A program that is stopped has this long between SIGTERM and SIGKILL, in milliseconds. */
const graceMs: Readonly<Record<AbortReason, number>> = { timeout: 5000, shutdown: 1000 };
/** A program in uninterruptible sleep does not even obey SIGKILL: after this long it is left behind. */
const deafMs = 1000;
/** What is in the pipe at the end is read; a child of the program that holds the pipe open is not waited for. */
const drainMs = 250;

/** By the way that costs least, where that can be used and succeeds. */
export const startProgram: Start = (program) => startByPosixSpawn(program) ?? startByChildProcess(program);

/**
 * Runs `program` as `start` starts it. Never rejects; when `signal` aborts, settles within seconds:
 * the program is sent SIGTERM, and later SIGKILL. `running` holds it until then.
 */
export function runProgram(
  program: Program,
  signal: AbortSignal,
  running: RunningPrograms,
  start: Start = startProgram,
): Promise<Ending> {
  if (signal.aborted) return Promise.resolve({ how: 'stopped', why: abortReason(signal), stderr: '' });
  try {
    return supervise(start(program), signal, running).then((ending) => withoutPrefix(ending, program));
  } catch (error) {
    // Node throws what is wrong with the arguments, and some errors of the system (E2BIG).
    return Promise.resolve(notStarted(error));
  }
}

/** Where limits or the user cannot be set, or the program cannot be run, prlimit and setpriv say so: it never ran then. */
function withoutPrefix(ending: Ending, { prefix }: Program): Ending {
  if (prefix === undefined || ending.how !== 'exited' || ending.status === 0) return ending;
  const [message] = /^(?:prlimit|setpriv): [^\n]*/.exec(ending.stderr) ?? [];
  return message === undefined ? ending : { how: 'not started', code: undefined, message };
}

function notStarted(error: unknown): Ending {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { how: 'not started', code, message: messageOf(error) };
}

/** Kills programs that have not ended though they were asked to. */
export function killAll(running: RunningPrograms): void {
  for (const started of running) killGroup(started.pid, 'SIGKILL');
}

function supervise(started: StartedProgram, signal: AbortSignal, running: RunningPrograms): Promise<Ending> {
  return new Promise((resolve) => {
    let over = false;
    let stopped: AbortReason | undefined;
    let timer: NodeJS.Timeout | undefined;

    function after(ms: number, then: () => void): void {
      clearTimeout(timer);
      timer = setTimeout(then, ms);
    }
    function stop(): void {
      const why = abortReason(signal);
      stopped = why;
      killGroup(started.pid, 'SIGTERM');
      after(graceMs[why], () => {
        killGroup(started.pid, 'SIGKILL');
        after(deafMs, () => end({ how: 'stopped', why, stderr: started.stderr() }));
      });
    }
    function end(ending: Ending): void {
      over = true;
      clearTimeout(timer);
      running.delete(started);
      signal.removeEventListener('abort', stop);
      started.release();
      resolve(ending);
    }
    function exited(exit: ProcessExit): void {
      if (over) return;
      signal.removeEventListener('abort', stop);
      // The program has had its chance; what it leaves behind of its group has none.
      if (stopped) killGroup(started.pid, 'SIGKILL');
      const finish = (): void => end(endingOf(stopped, exit, started.stderr()));
      after(drainMs, finish);
      void started.silent.then(finish);
    }

    started.exit.then(exited, (error) => end(notStarted(error)));
    running.add(started);
    signal.addEventListener('abort', stop, { once: true });
  });
}

function endingOf(stopped: AbortReason | undefined, exit: ProcessExit, stderr: string): Ending {
  if (stopped) return { how: 'stopped', why: stopped, stderr };
  if ('by' in exit) return { how: 'killed', by: exit.by, stderr };
  return { how: 'exited', status: exit.status, stderr };
}
