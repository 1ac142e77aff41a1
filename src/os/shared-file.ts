/**
 * A file that is mapped into memory and shared: to read it or to store something in it costs no system call, and what is
 * stored outlives the process and is seen by whoever reads the file. mmap(2).
 */
import { statfsSync } from 'node:fs';
import koffi from 'koffi';
import { allocate } from './allocate.ts';
import { external } from './libc.ts';

type Mmap = [address: null, length: number, protection: number, flags: number, fd: number, offset: number];
const mmap = external<Mmap>('intptr_t mmap(void *, size_t, int, int, int, int64_t)');
const munmap = external<[address: number, length: number]>('int munmap(uint64_t, size_t)');

/** <sys/mman.h> */
const [PROT_READ, PROT_WRITE, MAP_SHARED] = [1, 2, 1];

/**
 * File systems (statfs(2)) that write to a place that is allocated where it is: ext2 to ext4, XFS, tmpfs. On others, as Btrfs
 * and ZFS, writing needs room again, and on a full disk the process would be ended by SIGBUS instead of getting an error.
 */
const inPlace: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994]);

/** Of memory that is mapped. After `close` nothing may touch `memory`. */
export interface SharedFile {
  readonly memory: ArrayBuffer;
  close(): void;
}

/** Maps the first `length` bytes of a file, which it then has; undefined where the system or the file system is not made for it. */
export function mapShared(descriptor: number, path: string, length: number): SharedFile | undefined {
  try {
    if (!inPlace.has(statfsSync(path).type) || allocate(descriptor, 0, length) !== 'allocated') return undefined;
    return map(descriptor, length, PROT_READ | PROT_WRITE);
  } catch {
    return undefined;
  }
}

/** Maps the first `length` bytes of a file that is at least so long, and `memory` must not be written; undefined where the system has no such thing. */
export function mapForReading(descriptor: number, length: number): SharedFile | undefined {
  try {
    return map(descriptor, length, PROT_READ);
  } catch {
    return undefined;
  }
}

function map(descriptor: number, length: number, protection: number): SharedFile | undefined {
  if (koffi.sizeof('void *') !== 8) return undefined;
  const address = mmap(null, length, protection, MAP_SHARED, descriptor, 0);
  if (address === -1) return undefined;
  return { memory: koffi.view(BigInt(address), length), close: () => void munmap(address, length) };
}
