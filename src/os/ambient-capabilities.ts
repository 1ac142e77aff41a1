/** Which capabilities of the daemon the programs inherit that it starts, where its unit gives it some. */
import { external } from './libc.ts';

type Rest = readonly [argument: number, number, number];
const prctl = external<[option: number, command: number, ...rest: Rest]>(
  'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
);
/** <linux/prctl.h>, <linux/capability.h> */
const [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_CLEAR_ALL] = [47, 2, 4];
const [CAP_SETGID, CAP_SETUID] = [6, 7];

/**
 * Calls `start`, which starts a program in this thread. The program inherits no capability (capabilities(7)), unless it
 * `changesUser`: then those that it needs for that, and it must drop them. The daemon itself keeps its own. Otherwise every program
 * of a daemon that may start programs as another user could become any user: only a change from root drops capabilities.
 */
export function withCapabilities<T>(changesUser: boolean, start: () => T): T {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!changesUser) return start();
  // Refused where the daemon has none, or needs none because it is root.
  for (const capability of [CAP_SETGID, CAP_SETUID]) prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
  try {
    return start();
  } finally {
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  }
}
