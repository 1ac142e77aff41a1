import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LmdbSpool } from '../../../../src/spool/lmdb/lmdb-spool.ts';
import { rawRequest } from '../../../contract/spool.ts';
import { until } from '../../../support/until.ts';
import { scratchSpools } from '../scratch.ts';

const scratch = scratchSpools();

const refusalOf = (spool: LmdbSpool): Promise<string> =>
  spool.append([rawRequest('more')]).then(
    () => 'taken',
    (thrown: Error) => thrown.message,
  );

it.each([
  ['removed', (directory: string) => rmSync(directory, { recursive: true }), /\bremoved\b/],
  [
    'replaced',
    (directory: string) => {
      rmSync(directory, { recursive: true });
      mkdirSync(directory);
      writeFileSync(join(directory, 'spool.mdb'), '');
    },
    /\breplaced\b/,
  ],
  ['without its file', (directory: string) => rmSync(join(directory, 'spool.mdb')), /\bremoved\b/],
])('a spool that is %s while it is in use takes nothing more within 5 s, and says so', async (_, spoil, reason) => {
  const directory = scratch.directory();
  const told: (string | undefined)[] = [];
  const spool = await scratch.open(directory, { onAbsence: (absence) => told.push(absence) });
  await spool.consumer('a');
  await spool.append([rawRequest('first')]);
  spoil(directory);
  const before = performance.now();
  await until(async () => (await refusalOf(spool)) !== 'taken');
  expect(performance.now() - before).toBeLessThan(5000);
  expect(await refusalOf(spool)).toMatch(/restart belfry/);
  await until(() => told.length > 0);
  expect(told).toEqual([expect.stringMatching(reason)]);
  expect((await spool.state()).absence).toMatch(reason);
  // What it has can still be delivered.
  expect(`${(await spool.read(0, 1))[0]?.request.bytes}`).toBe('first');
});

it('a spool that is put back takes requests again', async () => {
  const directory = scratch.directory();
  const spool = await scratch.open(directory);
  await spool.append([rawRequest('first')]);
  renameSync(directory, `${directory}.away`);
  await until(async () => (await refusalOf(spool)) !== 'taken');
  renameSync(`${directory}.away`, directory);
  await until(async () => (await refusalOf(spool)) === 'taken');
  expect((await spool.state()).absence).toBeUndefined();
});
