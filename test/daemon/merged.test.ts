import { expect, it } from 'vitest';
import { merged } from '../../src/daemon/merged.ts';

it('does once more what is asked for 300 times while it is done', async () => {
  const ends: (() => void)[] = [];
  const ask = merged(
    () => new Promise((resolve) => ends.push(resolve)),
    () => {},
  );
  for (let i = 0; i < 300; i++) ask();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await expect.poll(() => ends.length).toBe(2);
  ask();
  ends[1]?.();
  await expect.poll(() => ends.length).toBe(3);
  ends[2]?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toHaveLength(3);
  ask();
  expect(ends).toHaveLength(4);
});

it('says what went wrong', async () => {
  const failures: unknown[] = [];
  const ask = merged(
    () => Promise.reject(new Error('broken')),
    (thrown) => failures.push(thrown),
  );
  ask();
  await expect.poll(() => failures).toEqual([new Error('broken')]);
});
