/**
 * A file of pages, one for each consumer, that is written without waiting for the disk: what is in it outlives the end of the
 * process and not a power failure. It is written through memory where that can be, and by a system call where not.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { mapShared, type SharedFile } from '../../../os/shared-file.ts';

export const pageLength = 4096;
/** So many are mapped at first. */
const fewPages = 64;

export class PageFile {
  readonly #path: string;
  readonly #descriptor: number;
  #shared: SharedFile | undefined;
  #memory = new Uint8Array();
  #words = new Int32Array();
  /** Whether memory is of use here. */
  #isMapped = true;

  /** Throws what opening throws. */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /** Fills `into` with the beginning of a page; answers how many bytes there are of it. Throws what reading throws. */
  read(page: number, into: Uint8Array): number {
    return readSync(this.#descriptor, into, 0, into.byteLength, page * pageLength);
  }

  /**
   * Writes the beginning of a page. Its first four bytes are changed first, and are what they are to be when all others are
   * in their place: a page of which these are right is whole, wherever the process is killed. Throws what writing throws.
   */
  write(page: number, bytes: Uint8Array): void {
    if (this.#reaches(page)) {
      const [at, word] = [page * pageLength, (page * pageLength) / 4];
      const first = new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true);
      Atomics.store(this.#words, word, ~first);
      this.#memory.set(bytes.subarray(4), at + 4);
      Atomics.store(this.#words, word, first);
      return;
    }
    const written = writeSync(this.#descriptor, bytes, 0, bytes.byteLength, page * pageLength);
    if (written < bytes.byteLength) throw new Error(`only ${written} of ${bytes.byteLength} bytes were written`);
  }

  close(): void {
    this.#unmap();
    this.#isMapped = false;
    closeSync(this.#descriptor);
  }

  /** Whether the page is mapped. */
  #reaches(page: number): boolean {
    const end = (page + 1) * pageLength;
    if (end > this.#memory.byteLength && this.#isMapped) {
      this.#unmap();
      let pages = fewPages;
      while (pages <= page) pages *= 2;
      this.#shared = mapShared(this.#descriptor, this.#path, pages * pageLength);
      if (this.#shared === undefined) this.#isMapped = false;
      else {
        this.#memory = new Uint8Array(this.#shared.memory);
        this.#words = new Int32Array(this.#shared.memory);
      }
    }
    return this.#isMapped;
  }

  #unmap(): void {
    this.#memory = new Uint8Array();
    this.#words = new Int32Array();
    this.#shared?.close();
    this.#shared = undefined;
  }
}
