/**
 * Looks at the file of a database before it is mapped into memory: what is no database, or has lost its end, would
 * otherwise end the process at the first read beyond it, without a word.
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

function metaPage(page: Buffer): MetaPage | undefined {
  if (page.length < headLength || page.readUInt32LE(offset.magic) !== magic) return undefined;
  return {
    pageLength: page.readUInt32LE(offset.pageLength),
    lastPage: Number(page.readBigUInt64LE(offset.lastPage)),
    transaction: page.readBigUInt64LE(offset.transaction),
  };
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
    const at = (position: number): Buffer => {
      const page = Buffer.alloc(headLength);
      return page.subarray(0, readSync(descriptor, page, 0, headLength, position));
    };
    const first = metaPage(at(0));
    if (first === undefined) return 'it is no database of a spool';
    const second = metaPage(at(first.pageLength));
    if (second === undefined) return 'its second meta page is damaged';
    const newest = second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1) * first.pageLength;
    return size < needed ? `it ends after ${size} bytes of ${needed}` : undefined;
  } finally {
    closeSync(descriptor);
  }
}
