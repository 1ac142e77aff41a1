/** Whether the disk of the spool has the room that spool_max_size promises, and keeps what is written to it. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isAbsent, statOf } from '../daemon/file-access.ts';
import { type Check, fault, ok, warning } from './check.ts';

/** Numbers of file systems (statfs(2)). */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);
const overNetwork: ReadonlySet<number> = new Set([0x6969, 0xff534d42, 0x517b, 0xfe534d42]);
const mebibyte = 1024 * 1024;
/** Less than this is a full disk. */
const leastBytes = 64 * mebibyte;

export const diskCheck: Check = {
  name: 'disk',
  async *run({ configuration, loaded }) {
    const { directory, maxBytes } = configuration.spool;
    let there = resolve(directory);
    // Another user may not look into it: the directory above is mostly on the same disk.
    while ((isAbsent(there) || statOf(there) === undefined) && dirname(there) !== there) there = dirname(there);
    const { bavail, bsize, type, ffree, files } = await statfs(there);
    const free = bavail * bsize;
    const place = loaded.placeOf('spool_directory', 'configdirectory');
    const limit = loaded.placeOf('spool_max_size');
    const sizes = `${sizeText(free)} free for ${directory}, spool_max_size is ${sizeText(maxBytes)}`;
    const refuses = 'when the disk is full belfry refuses requests, and the mail server loses events';
    if (free < leastBytes || (files > 0 && ffree < 16)) {
      yield fault(
        files > 0 && ffree < 16 ? `no more files can be created for ${directory}` : `the disk is full: ${sizes}`,
        'belfry refuses requests, and the mail server loses events',
        `free space on the disk of ${there}, or move spool_directory to another one and restart belfry`,
        { place },
      );
    } else if (free < maxBytes) {
      yield warning(
        sizes,
        refuses,
        `free space, or write spool_max_size: ${Math.max(1, Math.floor(free / 2 / mebibyte))}M`,
        {
          place: limit,
        },
      );
    } else yield ok(sizes);
    if (inMemory.has(type)) {
      yield warning(
        `${directory} is in memory (tmpfs)`,
        'what belfry has accepted and not yet delivered is lost when the machine restarts',
        'write spool_directory: a directory on a disk, such as /var/lib/belfry/spool',
        { place },
      );
    } else if (overNetwork.has(type)) {
      yield fault(
        `${directory} is on a network file system`,
        'the database of the spool needs locks and shared memory that such a file system does not have: it can be damaged',
        'write spool_directory: a directory on a disk of this machine',
        { place },
      );
    }
  },
};

function sizeText(bytes: number): string {
  if (bytes >= 1024 * mebibyte) return `${(bytes / 1024 / mebibyte).toFixed(1)} GiB`;
  return `${Math.round(bytes / mebibyte)} MiB`;
}
