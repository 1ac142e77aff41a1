/**
 * Looks at the file of a database as a file, before it is mapped into memory and beside it. What is no database, or has
 * lost its end, would otherwise end the process at the first read beyond it, without a word.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Both meta pages are in so many bytes: a page has at most 64 KiB (LMDB `MAX_PAGESIZE`). */
export const metaBytes = 2 * 64 * 1024;

/** LMDB `mdb.c`: the first two pages are meta pages, of which the one with the higher transaction is in force. */
const magic = 0xbeefc0de;
const headLength = 160;
const offset = { magic: 24, pageLength: 48, lastPage: 144, transaction: 152 } as const;

interface MetaPage {
  readonly pageLength: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly bytes: Buffer;
}

/** A descriptor, or what is mapped of the file: both meta pages. */
type Source = number | Buffer;

function headAt(source: Source, position: number): Buffer | undefined {
  if (typeof source !== 'number') return source.subarray(position, position + headLength);
  const head = Buffer.alloc(headLength);
  return readSync(source, head, 0, headLength, position) < headLength ? undefined : head;
}

function metaPage(source: Source, position: number): MetaPage | undefined {
  const page = headAt(source, position);
  if (page === undefined || page.byteLength < headLength) return undefined;
  if (page.readUInt32LE(offset.magic) !== magic) return undefined;
  return {
    pageLength: page.readUInt32LE(offset.pageLength),
    lastPage: Number(page.readBigUInt64LE(offset.lastPage)),
    transaction: page.readBigUInt64LE(offset.transaction),
    bytes: page,
  };
}

/** The meta page that is in force, or what is wrong with it. */
export function metaOf(source: Source): MetaPage | { readonly flaw: string } {
  const first = metaPage(source, 0);
  if (first === undefined) return { flaw: 'it is not the database of a spool' };
  const { pageLength } = first;
  const second = metaPage(source, pageLength);
  if (second === undefined) return { flaw: 'its second meta page is damaged' };
  return second.transaction > first.transaction ? { ...second, pageLength } : first;
}

/** Where the database that is open ends within its file: nothing after it is in use. */
export function endOf(source: Source): number {
  const meta = metaOf(source);
  if ('flaw' in meta) throw new Error(`the file of the spool has been damaged while it was in use: ${meta.flaw}`);
  return lengthOf(meta);
}

function lengthOf({ lastPage, pageLength }: MetaPage): number {
  return (lastPage + 1) * pageLength;
}

/** What is wrong with the file; undefined when nothing is to be seen, or there is no file. Throws what reading throws. */
export function flawOf(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return undefined;
    const meta = metaOf(descriptor);
    if ('flaw' in meta) return meta.flaw;
    return size < lengthOf(meta) ? `it ends after ${size} bytes of ${lengthOf(meta)}` : undefined;
  } finally {
    closeSync(descriptor);
  }
}
