/** Starts a program by Node's child_process, wherever there is no posix_spawn(3) that closes descriptors. */
import type { ChildProcess } from 'node:child_process';
import type { ProcessExit } from '../../os/process-exit.ts';
import { spawnGroup } from './spawn-group.ts';
import { LastBytes, type Program, type StartedProgram } from './started-program.ts';

export function startByChildProcess(program: Program): StartedProgram {
  const child = spawnGroup(program, { stdio: ['pipe', 'ignore', 'pipe'] });
  const stderr = new LastBytes();
  child.stderr?.on('error', () => {});
  child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  // EPIPE when the program ends without having read everything: that is its right.
  child.stdin?.on('error', () => {});
  child.stdin?.end(program.input);
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
