/** Starts a program by Node's child_process, wherever there is no posix_spawn(3) that closes descriptors. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { closeAllOnExec } from '../../os/close-on-exec.ts';
import { backgroundNice, lowerPriority } from '../../os/priority.ts';
import type { ProcessExit } from '../../os/process-exit.ts';
import { LastBytes, type Program, type StartedProgram } from './started-program.ts';

/** Two pipes, /dev/null, and a pipe on which the child reports a failed exec. */
const descriptorsNeeded = 7;

export function startByChildProcess({ argv, environment, input }: Program): StartedProgram {
  requireDescriptors();
  const [file, ...parameters] = argv;
  // Without a turn of the event loop in between: what this thread opens later is open for later programs only.
  closeAllOnExec();
  const child = spawn(file, parameters, {
    cwd: '/',
    env: { ...environment },
    stdio: ['pipe', 'ignore', 'pipe'],
    shell: false,
    detached: true,
  });
  // Where it cannot be done the program runs all the same.
  if (child.pid !== undefined) lowerPriority(backgroundNice, child.pid);
  const stderr = new LastBytes();
  child.stderr?.on('error', () => {});
  child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  // EPIPE when the program ends without having read everything: that is its right.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return {
    pid: child.pid,
    exit: exitOf(child),
    silent: new Promise((resolve) => child.once('close', () => resolve())),
    stderr: () => stderr.text(),
    release: () => {
      child.removeAllListeners();
      child.on('error', () => {});
      child.stdin?.destroy();
      child.stderr?.destroy();
      child.unref();
    },
  };
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status, by) => resolve(status === null ? { by: by ?? 'SIGKILL' } : { status }));
  });
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
