/**
 * Looks at the file of a database as a file, before it is mapped into memory and beside it. What is no database, or has
 * lost its end, would otherwise end the process at the first read beyond it, without a word.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** LMDB `mdb.c`: the first two pages are meta pages, of which the one with the higher transaction is in force. */
const magic = 0xbeefc0de;
const headLength = 160;
const offset = { magic: 24, pageLength: 48, lastPage: 144, transaction: 152 } as const;

interface MetaPage {
  readonly pageLength: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

function metaPage(descriptor: number, position: number): MetaPage | undefined {
  const page = Buffer.alloc(headLength);
  if (readSync(descriptor, page, 0, headLength, position) < headLength) return undefined;
  if (page.readUInt32LE(offset.magic) !== magic) return undefined;
  return {
    pageLength: page.readUInt32LE(offset.pageLength),
    lastPage: Number(page.readBigUInt64LE(offset.lastPage)),
    transaction: page.readBigUInt64LE(offset.transaction),
  };
}

type Extent = { readonly end: number } | { readonly flaw: string };

function extentOf(descriptor: number): Extent {
  const first = metaPage(descriptor, 0);
  if (first === undefined) return { flaw: 'it is no database of a spool' };
  const second = metaPage(descriptor, first.pageLength);
  if (second === undefined) return { flaw: 'its second meta page is damaged' };
  const newest = second.transaction > first.transaction ? second : first;
  return { end: (newest.lastPage + 1) * first.pageLength };
}

/** Where the database that is open ends within its file: nothing after it is in use. */
export function endOf(descriptor: number): number {
  const extent = extentOf(descriptor);
  if ('flaw' in extent) throw new Error(`the file of the spool has been damaged while it was in use: ${extent.flaw}`);
  return extent.end;
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
    const extent = extentOf(descriptor);
    if ('flaw' in extent) return extent.flaw;
    return size < extent.end ? `it ends after ${size} bytes of ${extent.end}` : undefined;
  } finally {
    closeSync(descriptor);
  }
}
