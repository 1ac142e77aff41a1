/** Makes a named pipe, for which Node has no call. */
import { execFileSync } from 'node:child_process';

export function makeFifo(path: string): void {
  execFileSync('/bin/sh', ['-c', 'exec mkfifo "$0"', path]);
}
