/**
 * Room on the disk for the database, set aside before it is written. A transaction that the disk has no room for must
 * not even be tried: LMDB would give it up, but lmdb-js corrupts the memory of the process as it words the error. So
 * there is always some room beyond the end of the database; and the last of it is for those who make more: the
 * consumers' steps and trimming go on when appending has to stop.
 */
import { closeSync, fstatSync, openSync, statfsSync } from 'node:fs';
import { allocate } from '../../os/allocate.ts';
import { writeFailure } from './failure.ts';
import { endOf } from './file-check.ts';

const megabyte = 1024 * 1024;
/** Beyond the need of the moment so much is set aside, by the size of the file, so that it happens seldom. */
const stepShare = 1 / 8;
const leastStep = megabyte;
const greatestStep = 64 * megabyte;
/** What appending leaves to others. */
const reserve = 4 * megabyte;
/** Where room cannot be set aside, so much must be free on the disk, because others use it too. */
const doubtful = 16 * megabyte;

/** What a transaction may need at the most, as a rule: for its operations, and for the bytes of long values. */
export function growthOf(operations: number, valueBytes = 0): number {
  return 256 * 1024 + operations * 5120 + valueBytes * 1.05;
}

export class FileRoom {
  readonly #path: string;
  readonly #descriptor: number;
  /** Bytes within the database that are free to be used again. */
  readonly #freeWithin: () => number;
  /** Of those, what appending may still count on before it asks again. */
  #allowance = 0;

  /** Throws what opening throws. */
  constructor(path: string, freeWithin: () => number) {
    this.#path = path;
    this.#freeWithin = freeWithin;
    this.#descriptor = openSync(path, 'r+');
    // A file that was copied may have holes, which are room that is not there.
    const { size } = fstatSync(this.#descriptor);
    if (size > 0) allocate(this.#descriptor, 0, size);
  }

  /**
   * Makes sure that the database can grow by so many bytes; `appending` leaves some room to others. Throws BelfryError
   * SPOOL_IO when the disk has no room.
   */
  ensure(growth: number, appending: boolean): void {
    const end = endOf(this.#descriptor);
    const { size } = fstatSync(this.#descriptor);
    const wanted = end + growth + (appending ? reserve : 0);
    if (size >= wanted) return;
    const step = Math.min(Math.max(size * stepShare, leastStep), greatestStep);
    const allocated = allocate(this.#descriptor, size, Math.ceil(wanted + step - size));
    if (allocated === 'allocated') return;
    if (allocated === 'unsupported') {
      this.#trust(wanted - size);
      return;
    }
    if (allocate(this.#descriptor, size, Math.ceil(wanted - size)) === 'allocated') return;
    // The database takes from its end only what it does not find within, and what is there suffices for this once.
    if (appending && size >= end + growth && this.#grantWithin(growth)) return;
    throw writeFailure(`${allocated.refused}; make room on the file system of ${this.#path}`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #trust(missing: number): void {
    const { bavail, bsize } = statfsSync(this.#path);
    const free = bavail * bsize;
    if (free >= missing + doubtful) return;
    throw writeFailure(`the file system of ${this.#path} has only ${free} bytes left; make room there`);
  }

  #grantWithin(growth: number): boolean {
    if (this.#allowance < growth) this.#allowance = this.#freeWithin() / 4;
    if (this.#allowance < growth) return false;
    this.#allowance -= growth;
    return true;
  }
}
