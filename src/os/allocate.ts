/** Sets room on the disk aside for a file before it is written, fallocate(2), so that writing cannot fail for want of it. */
import koffi from 'koffi';
import { EINTR, errnoText, external, lastErrno } from './libc.ts';

const fallocate = external<[fd: number, mode: number, offset: number, length: number]>(
  'int fallocate(int, int, int64_t, int64_t)',
);

const { EOPNOTSUPP = 95, ENOSYS = 38 } = koffi.os.errno;

export type Allocation = 'allocated' | 'unsupported' | { readonly refused: string };

/**
 * Makes sure that `length` bytes from `offset` on are there, and the file is at least so long. What it holds stays.
 * `unsupported`: the file system cannot set room aside. `refused`: there is none, or no more is allowed; with the reason.
 */
export function allocate(descriptor: number, offset: number, length: number): Allocation {
  for (;;) {
    if (fallocate(descriptor, 0, offset, length) === 0) return 'allocated';
    const errno = lastErrno();
    if (errno === EINTR) continue;
    return errno === EOPNOTSUPP || errno === ENOSYS ? 'unsupported' : { refused: errnoText(errno) };
  }
}
