import { expect, it } from 'vitest';
import { type Check, ok } from '../../src/doctor/check.ts';
import { runChecks } from '../../src/doctor/run-checks.ts';
import { doctorContext } from './doctor-context.ts';

const check = (name: string, run: Check['run']): Check => ({ name, run });
const fine = check('fine', async function* () {
  yield ok('it is');
});

async function run(...checks: readonly Check[]): Promise<readonly string[]> {
  const found: string[] = [];
  // By time: the checks that never end are given up after this.
  for await (const { check: name, verdict } of runChecks(checks, doctorContext({}), { checkMs: 50, stopMs: 20 })) {
    found.push(`${name} ${verdict}`);
  }
  return found;
}

it('hands over what is found in the order of the table, and names what throws and what never ends', async () => {
  const throws = check('throws', async function* () {
    yield ok('so far');
    throw new Error('no');
  });
  const hangs = check('hangs', async function* () {
    yield ok('so far');
    await new Promise(() => {});
  });
  const obeys = check('obeys', async function* ({ signal }) {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    yield ok('never');
  });
  expect(await run(throws, hangs, obeys, fine)).toEqual([
    'throws ok',
    'throws unchecked',
    'hangs ok',
    'hangs unchecked',
    'obeys unchecked',
    'fine ok',
  ]);
});
