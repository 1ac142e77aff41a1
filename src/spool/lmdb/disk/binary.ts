/**
 * The one place that reads binary values. lmdb-js answers with a Buffer that it uses again for the next value; with one
 * whose length is not that of its memory; or, from 2^24 bytes on, with a Uint8Array over the mapped file.
 */
import type { Database, Key } from 'lmdb';
import { BelfryError } from '../../../base/error.ts';
import { readFailure } from './failure.ts';

/** The same bytes as a Buffer, without copying them. */
export function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

/** A table of binary values, which must be read by `bytesOf` alone. */
export type BinaryTable<K extends Key> = Pick<Database<Uint8Array, K>, 'getBinaryFast' | 'getKeys' | 'put' | 'remove'>;

/** A value, without copying it: valid until the next one is read. Undefined when there is none. */
export function bytesOf<K extends Key>(table: BinaryTable<K>, key: K): Buffer | undefined {
  const bytes: Uint8Array | undefined = table.getBinaryFast(key);
  return bytes && bufferOf(bytes);
}

/** A row of another table; undefined when there is none, or its bytes are damaged. Throws what the database throws. */
export function rowOf<V, K extends Key>(table: Pick<Database<V, K>, 'get'>, key: K): V | undefined {
  try {
    return table.get(key);
  } catch (thrown) {
    if (readFailure(thrown) instanceof BelfryError) throw thrown;
    return undefined;
  }
}
