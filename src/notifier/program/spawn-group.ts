/** Starts a program by Node's child_process in a process group of its own, with no descriptor but those that it is given. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { withCapabilities } from '../../os/ambient-capabilities.ts';
import { closeAllOnExec } from '../../os/close-on-exec.ts';
import { backgroundNice, lowerPriority } from '../../os/priority.ts';
import { type Program, wordsOf } from './started-program.ts';

/** Four pipes at the most, /dev/null, and a pipe on which the child reports a failed exec. */
const descriptorsNeeded = 11;

/** `stdio` as for `spawn`. Throws what Node throws; otherwise the child emits `error` when it was not started. */
export function spawnGroup(
  program: Omit<Program, 'input'>,
  options: Pick<SpawnOptions, 'stdio' | 'serialization'>,
): ChildProcess {
  requireDescriptors();
  const [file, ...parameters] = wordsOf(program);
  const { environment, directory = '/', prefix } = program;
  // Without a turn of the event loop in between: what this thread opens later is open for later programs only.
  closeAllOnExec();
  const settings: SpawnOptions = {
    cwd: directory,
    env: { ...environment },
    shell: false,
    detached: true,
    ...options,
  };
  const child = withCapabilities(prefix?.changesUser === true, () => spawn(file, parameters, settings));
  // Where it cannot be done the program runs all the same.
  if (child.pid !== undefined) lowerPriority(backgroundNice, child.pid);
  return child;
}

/** Signals the whole group, whose number is that of the program since it was started as the group's leader. */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody of the group is left. EPERM: a set-user-ID program, which ends by itself or is left behind.
  }
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
