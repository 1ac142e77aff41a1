import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { releaseMappedFile } from '../../src/os/mapped-file.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();
const megabyte = 1 << 20;

/** Bytes of files that are mapped into this process and present, proc(5). */
function mappedBytes(): number {
  const [, kilobytes] = /^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}

describe('a mapped file', () => {
  it('is given back to the system, and is read again as it was', async () => {
    const path = join(directory, 'mapped.mdb');
    const database = open<Buffer, number>({ path, noSubdir: true, encoding: 'binary', mapSize: 128 * megabyte });
    const readAll = (): number[] =>
      Array.from({ length: 64 }, (_, key) => database.getBinaryFast(key)?.readUInt32LE(megabyte / 2) ?? -1);
    await database.batch(() => {
      for (let key = 0; key < 64; key++) void database.put(key, Buffer.alloc(megabyte, key));
    });
    const values = readAll();
    const before = mappedBytes();
    releaseMappedFile(path);
    expect(before - mappedBytes()).toBeGreaterThan(48 * megabyte);
    expect(readAll()).toEqual(values);
    expect(values).toEqual(Array.from({ length: 64 }, (_, key) => key * 0x01010101));
    await database.close();
  });

  it('that is none is left alone', () => {
    releaseMappedFile(join(directory, 'absent'));
    releaseMappedFile(import.meta.filename);
  });
});
