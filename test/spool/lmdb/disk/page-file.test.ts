import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PageFile, pageLength } from '../../../../src/spool/lmdb/disk/page-file.ts';
import { scratchSpools } from '../scratch.ts';

const scratch = scratchSpools();
const ways = { isMapped: true };
vi.mock('../../../../src/os/shared-file.ts', async (original) => {
  const { mapShared } = await original<typeof import('../../../../src/os/shared-file.ts')>();
  return { mapShared: (...args: Parameters<typeof mapShared>) => (ways.isMapped ? mapShared(...args) : undefined) };
});

afterEach(() => {
  ways.isMapped = true;
});

const bytesOf = (...numbers: number[]): Uint8Array => new Uint8Array(Float64Array.from(numbers).buffer);

describe.each([true, false])('a file of pages, through memory: %s', (isMapped) => {
  it('has what was written, for everybody and at once', () => {
    ways.isMapped = isMapped;
    const directory = scratch.directory();
    mkdirSync(directory);
    const path = join(directory, 'pages');
    const file = new PageFile(path);
    // Beyond the pages that are mapped at first, and back.
    const written = [3, 70, 1, 63, 64, 1000, 0].map((page) => [page, bytesOf(page, -1, 0.5)] as const);
    for (const [page, bytes] of written) {
      file.write(page, bytesOf(7, 7, 7, page));
      file.write(page, bytes);
    }
    const other = new PageFile(path);
    const whole = readFileSync(path);
    for (const [page, bytes] of written) {
      const expected = [...bytes, ...bytesOf(page)];
      for (const reader of [file, other]) {
        const found = new Uint8Array(4 * 8);
        expect(reader.read(page, found)).toBe(4 * 8);
        expect([...found]).toEqual(expected);
      }
      expect([...whole.subarray(page * pageLength, page * pageLength + 4 * 8)]).toEqual(expected);
    }
    // A length that is no multiple of anything, and the rest stays.
    file.write(3, bytesOf(4, 4).subarray(0, 13));
    const rest = new Uint8Array(16);
    file.read(3, rest);
    expect([...rest.subarray(0, 13)]).toEqual([...bytesOf(4, 4).subarray(0, 13)]);
    file.close();
    other.close();
    expect(() => file.write(3, bytesOf(1))).toThrow('EBADF');
  });
});
