/** Keeps the descriptors of this process from the programs that it starts: libraries open some without O_CLOEXEC. */
import { readdirSync } from 'node:fs';
import { ifPossible } from '../base/error.ts';
import { external, F_SETFD, FD_CLOEXEC, fcntl } from './libc.ts';

/** close_range(2) with CLOSE_RANGE_CLOEXEC (Linux 5.11); undefined where the C library has no such function. */
const closeRange = ifPossible(() =>
  external<[first: number, last: number, flags: number]>('int close_range(unsigned int, unsigned int, int)'),
);
const CLOSE_RANGE_CLOEXEC = 4;
const firstKept = 3;
const lastOfAll = 2 ** 32 - 1;

/**
 * Marks every descriptor from 3 on as close-on-exec, in whichever thread it was opened, those that were open when
 * the process began included. What a program is given as its descriptors 0 to 2 is not affected: dup2(2) clears the mark.
 * To be called after a library has opened files, and right before a program is started. Throws when neither close_range(2)
 * nor /proc can be used.
 */
export function closeAllOnExec(): void {
  if (closeRange?.(firstKept, lastOfAll, CLOSE_RANGE_CLOEXEC) === 0) return;
  markOneByOne();
}

/** The same for systems without close_range(2), and where a filter of system calls refuses it. */
export function markOneByOne(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    // The one by which the directory was read is closed by now: fcntl(2) refuses it, which does no harm.
    if (descriptor >= firstKept) fcntl(descriptor, F_SETFD, 'int', FD_CLOEXEC);
  }
}
