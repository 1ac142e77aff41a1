/** The priority of one thread or program, so that the work which may wait gives way to the work which may not. */
import { constants, getPriority, setPriority } from 'node:os';
import { messageOf } from '../base/error.ts';

/**
 * By how much at least gives way what takes long and may wait: the thread that parses requests, and the programs of
 * notifiers. Without it 8 clients of HTTP made sendto(2) of the mail server sleep five times as long (`npm run bench -- stall`).
 */
export const backgroundNice = 10;

/**
 * Makes the calling thread and what it starts from now on, or the process `pid`, give way to others by `nice` (0 to 19).
 * On Linux the priority is the thread's own (setpriority(2)): threads that are running already keep theirs, and those that
 * are started later take that of who starts them. It cannot be taken back without privileges, so a lower one is left
 * alone. Answers why it could not be done.
 */
export function lowerPriority(nice: number, pid = 0): string | undefined {
  try {
    if (nice > getPriority(pid)) setPriority(pid, Math.min(nice, constants.priority.PRIORITY_LOW));
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/**
 * Makes the threads that collect garbage and compile for all others give way by `nice`, as `lowerPriority` does; those that were
 * there when the process started (`bin/belfry`). What they do is mostly the work of dispatch. Does nothing where they are not known.
 */
export function lowerEngineThreads(nice: number): void {
  const threads = process.env['BELFRY_ENGINE_THREADS'];
  // Nothing for the programs of notifiers.
  delete process.env['BELFRY_ENGINE_THREADS'];
  for (const thread of threads?.split(' ') ?? [])
    if (Number(thread) !== process.pid) lowerPriority(nice, Number(thread));
}
