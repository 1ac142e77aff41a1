/** What parts of the daemon find again in the spool after a restart, beside the requests. */
import { BelfryError } from '../base/error.ts';

export interface SpoolMemory {
  /**
   * Keeps bytes under a name, in place of what it kept before; durable when it resolves. Throws BelfryError SPOOL_IO, also
   * for more than `memoryLimit`.
   */
  remember(name: string, bytes: Uint8Array): Promise<void>;
  /** What `remember` has kept, the caller's own; undefined when there is nothing. */
  recall(name: string): Promise<Uint8Array | undefined>;
}

/** The longest that a spool remembers under one name, in bytes. */
export const memoryLimit = 4 * 1024 * 1024;

/** Throws BelfryError SPOOL_IO for more than `memoryLimit`. */
export function assertMemory(name: string, { byteLength }: Uint8Array): void {
  if (byteLength <= memoryLimit) return;
  throw new BelfryError('SPOOL_IO', `${name} has ${byteLength} bytes to remember; a spool takes ${memoryLimit}`);
}
