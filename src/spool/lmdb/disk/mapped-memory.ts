/**
 * Keeps small what of the database is in the memory of the process. It is mapped, and reading through a large log
 * touches all of it; the pages are the system's cache and cost nothing, but they count as memory of the daemon.
 */
import { releaseMappedFile } from '../../../os/mapped-file.ts';

/** After so many bytes everything is given back; what is still of use comes again at once. */
const atMost = 32 * 1024 * 1024;

export class MappedMemory {
  readonly #path: string;
  #touched = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** So many bytes of the database have been read or written. */
  touched(bytes: number): void {
    this.#touched += bytes;
    if (this.#touched < atMost) return;
    this.#touched = 0;
    releaseMappedFile(this.#path);
  }
}
