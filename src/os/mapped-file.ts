/** Gives back the memory through which a file was read, madvise(2): of a mapped file every page once touched stays mapped. */
import { readFileSync, statSync } from 'node:fs';
import { external } from './libc.ts';

const madvise = external<[address: number, length: number, advice: number]>('int madvise(uint64_t, size_t, int)');

/** <sys/mman.h> */
const MADV_DONTNEED = 4;

/** A line of /proc/self/maps (proc(5)) for a mapping that is only read and shared: begin, end, inode. */
const sharedMapping = /^([0-9a-f]+)-([0-9a-f]+) r--s [0-9a-f]+ \S+ ([0-9]+) /gm;

/**
 * Takes the pages of a file out of the memory of this process wherever it is mapped for reading alone. They stay in the
 * page cache of the system, from which the next touch brings them back. Never throws: nothing depends on it.
 */
export function releaseMappedFile(path: string): void {
  try {
    const inode = `${statSync(path).ino}`;
    for (const [, begin = '', end = '', mapped] of readFileSync('/proc/self/maps', 'latin1').matchAll(sharedMapping)) {
      if (mapped !== inode) continue;
      const address = Number.parseInt(begin, 16);
      madvise(address, Number.parseInt(end, 16) - address, MADV_DONTNEED);
    }
  } catch {
    // Without /proc, or without the file, everything stays as it is.
  }
}
