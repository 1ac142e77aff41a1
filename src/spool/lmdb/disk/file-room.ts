/**
 * Room on the disk for the database, set aside before it is written. A transaction that the disk has no room for must
 * not even be tried: LMDB would give it up, but lmdb-js corrupts the memory of the process as it words the error. So
 * there is always some room beyond the end of the database, from when it is opened; and the last of it is for those who
 * make more: the consumers' steps and trimming go on when appending has to stop.
 */
import { closeSync, fstatSync, openSync, statfsSync } from 'node:fs';
import { allocate } from '../../../os/allocate.ts';
import { type FileWatch, type FileWatchEvents, identityOf, watchFile } from '../../../os/file-watch.ts';
import { mapForReading, type SharedFile } from '../../../os/shared-file.ts';
import { NoRoomError } from './failure.ts';
import { endOf, metaBytes } from './file-check.ts';

const megabyte = 1024 * 1024;
/** Beyond the need of the moment so much is set aside, by the size of the file, so that it happens seldom. */
const stepShare = 1 / 8;
const leastStep = megabyte;
const greatestStep = 64 * megabyte;
/** What appending leaves to others: a share of the file system, within bounds; the least on a disk that is nearly full. */
const reserveShare = 1 / 256;
const leastReserve = 4 * megabyte;
const greatestReserve = 32 * megabyte;
/** Beyond the end of the database this much is always left for what does not find its place within. */
const leastTail = megabyte;
/** Where room cannot be set aside, so much must be free on the disk, because others use it too. */
const doubtful = 16 * megabyte;

/** What every transaction may need, for the lists of free pages and the root. */
export const baseBytes = 256 * 1024;
/** What one operation may need: a page that is copied, and its share of those above. */
const operationBytes = 5120;
/** What one operation adds where all pages that can be copied are counted already: its row, twice, because pages are half full. */
const addedBytes = 256;

/** What a transaction may need at the most, as a rule: for its operations, and for the bytes of long values. */
export function growthOf(operations: number, valueBytes = 0): number {
  return baseBytes + operations * operationBytes + valueBytes * 1.05;
}

/** What is to be written, as far as room is concerned. */
export interface Growth {
  /** By how many bytes the database may grow, see `growthOf`. */
  readonly growth: number;
  /** How many operations are in it, and bytes of long values: where that is known, its need is estimated better. */
  readonly operations?: number;
  readonly valueBytes?: number;
  /** Bytes of room that it leaves to others on a full disk: what adds something must not take the last from what frees some. */
  readonly leaves?: number;
  /** Set for what adds to the log: it leaves the last room on the disk to others. */
  readonly appends?: boolean;
}

/** See `Growth.leaves`: for a step of a consumer that defers or gives up, and for one of trimming that moves. */
export const leavesToOthers = { consumer: megabyte, trimmer: 2 * megabyte } as const;

/** What is in the file of a database, in bytes. */
export interface Contents {
  /** Pages that no table uses: free to be used again, most of them at once. */
  readonly free: number;
  /** Pages of the trees, without long values: no transaction copies more. */
  readonly trees: number;
}

export class FileRoom {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #contents: () => Contents;
  readonly #reserve: number;
  /** Of the free bytes within the database, what appending may still count on before it asks again. */
  #allowance = 0;
  /** The length of the file when it was looked at last: while it is open it only grows. */
  #size = 0;
  /** The beginning of the file, to see where the database ends. */
  #mapped: SharedFile | undefined;
  #head: Buffer | undefined;

  /** Throws what opening throws. */
  constructor(path: string, contents: () => Contents) {
    this.#path = path;
    this.#contents = contents;
    const { blocks, bsize } = statfsSync(path);
    this.#reserve = Math.min(Math.max(blocks * bsize * reserveShare, leastReserve), greatestReserve);
    this.#descriptor = openSync(path, 'r+');
    // A file that was copied may have holes, which are room that is not there.
    const { size } = fstatSync(this.#descriptor);
    if (size > 0) allocate(this.#descriptor, 0, size);
  }

  /** Sets aside what is left to others when the disk is full, as far as there is room. */
  reserve(): void {
    const { size } = fstatSync(this.#descriptor);
    const wanted = endOf(this.#descriptor) + this.#reserve;
    for (let most = wanted; most > size; most -= megabyte) {
      if (allocate(this.#descriptor, size, Math.ceil(most - size)) === 'allocated') return;
    }
  }

  /**
   * Makes sure that there is room for a transaction; one that appends leaves some to others. Throws BelfryError SPOOL_IO
   * (`NoRoomError`) when the disk has none.
   */
  ensure(write: Growth): void {
    const { growth, appends = false } = write;
    const end = this.#end();
    const wanted = end + growth + (appends ? this.#reserve : 0);
    if (this.#size >= wanted) return;
    const { size } = fstatSync(this.#descriptor);
    this.#size = size;
    if (size >= wanted) return;
    const step = Math.min(Math.max(size * stepShare, leastStep), greatestStep);
    const allocated = allocate(this.#descriptor, size, Math.ceil(wanted + step - size));
    if (allocated === 'allocated') return;
    if (allocated === 'unsupported') {
      this.#trust(wanted - size);
      return;
    }
    // A large disk that is nearly full may not have all of the reserve.
    for (const least of [wanted, end + growth + (appends ? leastReserve : 0)]) {
      if (size >= least || allocate(this.#descriptor, size, Math.ceil(least - size)) === 'allocated') return;
    }
    // The database takes from its end only what it does not find within.
    if (appends ? this.#mayAppend(growth, size - end) : this.#suffices(write, size - end)) return;
    throw new NoRoomError(`${allocated.refused}; make room on the file system of ${this.#path}`);
  }

  /** Notices when the file is no longer where it was opened: then nothing more may be taken. */
  watch(onChange?: FileWatchEvents['onChange']): FileWatch {
    return watchFile(this.#path, () => identityOf(this.#descriptor), { onChange });
  }

  close(): void {
    this.#head = undefined;
    this.#mapped?.close();
    closeSync(this.#descriptor);
  }

  /** Where the database ends. */
  #end(): number {
    if (this.#head === undefined && fstatSync(this.#descriptor).size >= metaBytes) {
      this.#mapped = mapForReading(this.#descriptor, metaBytes);
      if (this.#mapped !== undefined) this.#head = Buffer.from(this.#mapped.memory);
    }
    return endOf(this.#head ?? this.#descriptor);
  }

  #trust(missing: number): void {
    const { bavail, bsize } = statfsSync(this.#path);
    const free = bavail * bsize;
    if (free >= missing + doubtful) return;
    throw new NoRoomError(`the file system of ${this.#path} has only ${free} bytes left; make room there`);
  }

  /** `tail`: bytes beyond the end of the database. All of it must fit there, should long values find no place within. */
  #mayAppend(growth: number, tail: number): boolean {
    if (tail < growth + leastTail) return false;
    if (this.#allowance < growth) {
      const { free } = this.#contents();
      this.#allowance = tail - growth + free / 2 >= leastReserve ? free / 4 : 0;
    }
    if (this.#allowance < growth) return false;
    this.#allowance -= growth;
    return true;
  }

  /** Single pages are always found within where there are any; only long values may have to go beyond the end. */
  #suffices({ growth, operations, valueBytes = 0, leaves = 0 }: Growth, tail: number): boolean {
    if (operations === undefined) return tail >= growth + leaves;
    const { free, trees } = this.#contents();
    const values = valueBytes * 1.05;
    const pages = Math.min(operations * operationBytes, trees + operations * addedBytes) + baseBytes;
    return tail >= values && tail + free / 2 >= values + pages + leaves;
  }
}
