/**
 * Gets out of a damaged database what is whole, into a new one: first row by row as it was, then what the tables say of
 * each other is made true again (`mend.ts`).
 */
import { dirname } from 'node:path';
import * as lmdb from 'lmdb';
import { asBinary, type Database } from 'lmdb';
import { messageOf } from '../../../base/error.ts';
import { CursorFile } from '../disk/cursor-file.ts';
import { growthOf } from '../disk/file-room.ts';
import type { Store } from '../disk/store.ts';
import { isCount, type Mended, mend, rowsToMend } from './mend.ts';
import { PageReader, type RawRow } from './page-reader.ts';

/** What became of a damaged database. */
export interface Salvaged extends Mended {
  /** Rows that were there and could not be read, by the name of the table. */
  readonly lost: Readonly<Record<string, number>>;
  /** What was found, in words: the first few. */
  readonly flaws: readonly string[];
  /** Why it ended before its end: no room on the disk, for instance. */
  readonly stopped?: string;
}

/** What one transaction writes. */
const rowsOfStep = 512;
const bytesOfStep = 4 * 1024 * 1024;
const toldFlaws = 3;

/** Fills `store`, which is new, with what can be read of the file `aside`. Never throws for what is damaged. */
export function salvage(store: Store, aside: string): Salvaged {
  const lost: Record<string, number> = {};
  let flaws: readonly string[] = [];
  let stopped: string | undefined;
  try {
    const reader = new PageReader(aside);
    try {
      for (const [name, tree] of reader.tables()) {
        const copied = copyRows(store, name, reader.rows(name, tree));
        const missing = tree.entries - copied;
        if (missing > 0 && missing < Number.MAX_SAFE_INTEGER) lost[name] = missing;
      }
    } finally {
      flaws = reader.flaws.slice(0, toldFlaws);
      reader.close();
    }
  } catch (thrown) {
    stopped = messageOf(thrown);
  }
  const cursors = new CursorFile(dirname(aside), logNumberOf(store));
  const counts = store.environment.transactionSync(() => {
    store.room.ensure({ growth: growthOf(rowsToMend(store)) });
    return mend(store, cursors);
  });
  cursors.close();
  return { ...counts, lost, flaws, ...(stopped === undefined ? {} : { stopped }) };
}

/** That of the damaged database, which names its entries; or, if it is lost, that of the new one. */
function logNumberOf({ environment, logNumber }: Store): number {
  try {
    const found = environment.openDB<{ readonly logNumber?: unknown }, string>({ name: 'meta' }).get('meta')?.logNumber;
    return isCount(found) ? Number(found) : logNumber;
  } catch {
    return logNumber;
  }
}
/** Throws BelfryError SPOOL_IO when there is no room for more. */
function copyRows({ environment, room }: Store, name: string, rows: Iterable<RawRow>): number {
  const table: Database<unknown, Buffer> = environment.openDB({ name, encoding: 'msgpack', keyEncoding: 'binary' });
  let step: RawRow[] = [];
  let bytes = 0;
  let copied = 0;
  const write = (): void => {
    room.ensure({ growth: growthOf(step.length, bytes) });
    environment.transactionSync(() => {
      for (const { key, value } of step) table.putSync(key, asBinary(value));
    });
    copied += step.length;
    step = [];
    bytes = 0;
  };
  for (const row of rows) {
    if (!isKey(row.key)) continue;
    step.push(row);
    bytes += row.value.length;
    if (step.length >= rowsOfStep || bytes >= bytesOfStep) write();
  }
  if (step.length > 0) write();
  return copied;
}

/** What the library does not declare, though it has it. */
const decodeKey: unknown = Reflect.get(lmdb, 'bufferToKeyValue');

function isKey(key: Buffer): boolean {
  if (typeof decodeKey !== 'function') return true;
  try {
    decodeKey(Buffer.from(key));
    return true;
  } catch {
    return false;
  }
}
