/** Waits for the end of a process that this process has started itself, without child_process. */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, external } from './libc.ts';
import { Readiness } from './readiness.ts';

const waitpid = external<[pid: number, status: Int32Array, options: number]>('int waitpid(int, void *, int)');
const WNOHANG = 1;

/** pidfd_open(2), since Linux 5.3 and glibc 2.36; fails where there is none. */
const openPidfd = findPidfdOpen() ?? (() => -1);

/** Of two names for one number (SIGABRT, SIGIOT) the first, as in Node. */
const signalNames: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** How a process ended: by its status, or by a signal (`SIGTERM`). */
export type ProcessExit = { readonly status: number } | { readonly by: string };

export interface ExitWatch {
  /** Resolves when the process has ended, and the system has forgotten it. */
  readonly exit: Promise<ProcessExit>;
  /** From now on the wait does not keep this process alive. */
  unref(): void;
}

/** Without a descriptor for a process (none is left, the kernel or a filter of system calls has none) it is looked at so often. */
const lookAgainMs = 20;

/** Watches a child that nobody else waits for. libuv waits only for those that it has started. `pidfd` is for tests. */
export function watchExit(pid: number, pidfd = openPidfd(pid, 0)): ExitWatch {
  const readiness = pidfd < 0 ? undefined : new Readiness(pidfd, 'readable');
  return { exit: exitOf(pid, pidfd, readiness), unref: () => readiness?.unref() };
}

async function exitOf(pid: number, pidfd: number, readiness: Readiness | undefined): Promise<ProcessExit> {
  const status = new Int32Array(1);
  let ended = 0;
  while (ended === 0) {
    await (readiness?.wait() ?? sleep(lookAgainMs));
    ended = waitpid(pid, status, WNOHANG);
  }
  readiness?.close();
  if (pidfd >= 0) close(pidfd);
  // Not ours to wait for: how it ended nobody knows, and to say that it did its work would be the worse mistake.
  return ended < 0 ? { by: 'SIGKILL' } : decode(status[0] ?? 0);
}

/** <sys/wait.h>: the signal is in the lowest seven bits, or else the exit status is in the next byte. */
function decode(status: number): ProcessExit {
  const signal = status & 0x7f;
  return signal === 0 ? { status: (status >> 8) & 0xff } : { by: signalNames.get(signal) ?? `signal ${signal}` };
}

function findPidfdOpen(): ((pid: number, flags: number) => number) | undefined {
  try {
    return external('int pidfd_open(int, unsigned int)');
  } catch {
    return undefined;
  }
}
