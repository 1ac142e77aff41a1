import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aheadBytes, moveAhead } from '../../../../src/spool/lmdb/disk/ahead.ts';
import { CursorFile } from '../../../../src/spool/lmdb/disk/cursor-file.ts';
import { pageLength } from '../../../../src/spool/lmdb/disk/page-file.ts';
import type { ConsumerRecord } from '../../../../src/spool/lmdb/disk/store.ts';
import type { LmdbSpool } from '../../../../src/spool/lmdb/lmdb-spool.ts';
import { rawRequest } from '../../../contract/spool.ts';
import { scratchSpools } from '../scratch.ts';

const scratch = scratchSpools();

const record: ConsumerRecord = {
  number: 3,
  sequence: 7,
  origin: 0,
  cursor: 10,
  deferred: 0,
  dead: 0,
  deadBytes: 0,
  keptBytes: 0,
  tally: { delivered: 1, filtered: 2, dropped: 3, damaged: 4 },
};
const newer = { ...record, cursor: 2 ** 40, tally: { delivered: 5, filtered: 6, dropped: 7, damaged: 8 } };
const ring = moveAhead(undefined, 0, newer.cursor, [newer.cursor + 1, newer.cursor + 30_000]);
const ahead = { ...newer, ...(ring === undefined ? {} : { ahead: ring }) };
const counting = { ...newer, tally: { ...newer.tally, coalesced: 9 } };
/** Of one consumer: what stands there in any case, and what there is room for. */
const [used, place] = [60, 64 + aheadBytes];

function noted(...records: readonly ConsumerRecord[]): { directory: string; path: string } {
  const directory = scratch.directory();
  mkdirSync(directory);
  const file = new CursorFile(directory, 99);
  for (const one of [newer, ...records]) file.write(3, one);
  file.close();
  return { directory, path: join(directory, 'cursors') };
}

function newest(directory: string, logNumber = 99, known = record): ConsumerRecord {
  const file = new CursorFile(directory, logNumber);
  try {
    return file.newest(known);
  } finally {
    file.close();
  }
}

describe('the cursor file', () => {
  it('goes beyond what the database says', () => {
    expect(newest(noted().directory)).toEqual(newer);
  });

  it('says what is finished beyond the cursor, as long as anything is', () => {
    expect(newest(noted(ahead).directory)).toEqual(ahead);
    expect(newest(noted(ahead, newer).directory, 99, ahead)).toEqual(newer);
    // A place is exactly one page.
    expect(place).toBe(pageLength);
  });

  it('says how many are coalesced, once any is, however many', () => {
    for (const coalesced of [1, 2 ** 32 - 1, 2 ** 32, 2 ** 50]) {
      const counted = { ...newer, tally: { ...newer.tally, coalesced } };
      expect(newest(noted(counted).directory)).toEqual(counted);
      const both = { ...ahead, tally: counted.tally };
      expect(newest(noted(both).directory)).toEqual(both);
    }
  });

  it('says nothing of another log, another consumer, or a record that was written since', () => {
    const { directory } = noted();
    expect(newest(directory, 98)).toBe(record);
    for (const other of [
      { ...record, number: 2 },
      { ...record, number: 4 },
      { ...record, sequence: 8 },
    ]) {
      expect(newest(directory, 99, other)).toBe(other);
    }
  });

  it('is believed only when it is whole', () => {
    const all = [
      { written: noted(), head: used, length: used },
      { written: noted(counting), head: used + 4, length: used + 4 },
      { written: noted(ahead), head: used, length: place },
    ];
    for (const { written, head, length } of all) {
      const { directory, path } = written;
      const bytes = readFileSync(path);
      const ringBytes = Array.from({ length: 100 }, (_, i) => place - 1 - 40 * i);
      const heads = Array.from({ length: head }, (_, at) => at);
      for (const at of [...heads, ...ringBytes].map((one) => 3 * place + one)) {
        if (at >= 3 * place + length) continue;
        const torn = Buffer.from(bytes);
        torn.writeUInt8(torn.readUInt8(at) ^ 1, at);
        writeFileSync(path, torn);
        expect(newest(directory)).toBe(record);
      }
      writeFileSync(path, bytes);
      truncateSync(path, 3 * place + length - 20);
      expect(newest(directory)).toBe(record);
    }
  });
});

describe('cursors of a spool', () => {
  const opened = async (directory: string): Promise<LmdbSpool> => {
    const spool = await scratch.open(directory);
    await spool.consumer('a');
    return spool;
  };

  it('that are lost in a power cut move back to what the database knows, never forward', async () => {
    const directory = scratch.directory();
    let spool = await opened(directory);
    await spool.append(['1', '2', '3', '4'].map(rawRequest));
    await spool.commit('a', { cursor: 2, defer: [{ position: 1, lane: '', dueAt: 0, attempts: [] }] });
    const kept = join(directory, 'cursors.before');
    copyFileSync(join(directory, 'cursors'), kept);
    await spool.commit('a', { cursor: 3, tally: { delivered: 1 } });
    const copy = join(directory, 'copy');
    mkdirSync(copy);
    copyFileSync(join(directory, 'spool.mdb'), join(copy, 'spool.mdb'));
    copyFileSync(kept, join(copy, 'cursors'));
    await spool.close();
    spool = await opened(copy);
    expect(await spool.consumer('a')).toMatchObject({ cursor: 2, deferred: 1, tally: { delivered: 0 } });
  });

  it('of a log that was begun anew do not come from the old one', async () => {
    const directory = scratch.directory();
    let spool = await opened(directory);
    await spool.append(['1', '2'].map(rawRequest));
    await spool.commit('a', { cursor: 2 });
    // Still in the cursor file alone when the process is killed.
    const cursors = readFileSync(join(directory, 'cursors'));
    await spool.close();
    writeFileSync(join(directory, 'cursors'), cursors);
    writeFileSync(join(directory, 'spool.mdb'), 'damaged');
    spool = await scratch.open(directory, { random: () => 0.6 });
    expect((await spool.consumer('a')).cursor).toBe(0);
  });
});
