import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WorkFile } from '../../../../src/spool/lmdb/consumers/work-file.ts';
import type { AtWork } from '../../../../src/spool/work-notes.ts';

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'belfry-work-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}
const numberOf = (name: string): number => Number(name);

const stretch = fc.record({ first: fc.maxSafeNat(), last: fc.maxSafeNat() });
const kind = fc.constantFrom('examining', 'attempting');
const atWork = fc.record(
  {
    running: fc.record({ kind, first: fc.maxSafeNat(), last: fc.maxSafeNat() }),
    blamed: fc.record({ kind, position: fc.maxSafeNat(), times: fc.nat(9) }),
    entries: fc.nat(9000),
    careful: fc.boolean(),
    underWay: fc.array(stretch, { maxLength: 100 }),
    suspects: fc.array(stretch, { maxLength: 100 }),
  },
  { requiredKeys: ['entries', 'careful', 'underWay', 'suspects'] },
);

describe('the notes of what is in progress', () => {
  it('are found by the next process as they were written, each consumer its own', async () => {
    const path = await directory();
    await fc.assert(
      fc.asyncProperty(fc.array(atWork, { minLength: 1, maxLength: 5 }), async (all) => {
        const file = new WorkFile(path, 77, numberOf);
        all.forEach((one, i) => {
          file.write(`${i + 1}`, one as AtWork);
        });
        file.close();
        const next = new WorkFile(path, 77, numberOf);
        expect(all.map((_, i) => next.read(`${i + 1}`))).toEqual(all);
        next.close();
      }),
    );
  });

  it('cover all of what is too much for their place', async () => {
    const file = new WorkFile(await directory(), 77, numberOf);
    const underWay = Array.from({ length: 1000 }, (_, i) => ({ first: 10 * i, last: 10 * i + 5 }));
    file.write('1', { entries: 6000, careful: false, underWay, suspects: underWay });
    const found = file.read('1');
    file.close();
    for (const { first, last } of underWay) {
      for (const stretches of [found?.underWay, found?.suspects]) {
        expect(stretches?.some((one) => one.first <= first && last <= one.last)).toBe(true);
      }
    }
  });

  it('remember what is condemned, the newest of it, for good', async () => {
    const path = await directory();
    const file = new WorkFile(path, 77, numberOf);
    for (let position = 1; position <= 1000; position++) file.condemn(position);
    file.write('1', { entries: 0, careful: false, underWay: [], suspects: [] });
    file.close();
    const next = new WorkFile(path, 77, numberOf);
    expect(next.condemned.size).toBe(510);
    expect(next.condemned.has(1000)).toBe(true);
    next.close();
  });

  it('are none where the file is of another log, short, or of a consumer that was never heard of', async () => {
    const path = await directory();
    const file = new WorkFile(path, 77, numberOf);
    file.condemn(5);
    file.write('1', { entries: 1, careful: false, underWay: [{ first: 1, last: 1 }], suspects: [] });
    expect(file.read('2')).toBeUndefined();
    file.close();
    const other = new WorkFile(path, 78, numberOf);
    expect([other.read('1'), other.condemned.size]).toEqual([undefined, 0]);
    other.close();
    await writeFile(join(path, 'at-work'), 'x');
    const short = new WorkFile(path, 77, () => {
      throw new Error('unknown');
    });
    expect(() => short.write('1', { entries: 0, careful: false, underWay: [], suspects: [] })).not.toThrow();
    short.close();
  });
});
