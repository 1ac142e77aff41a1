/** Notifiers that are seldom wanted pass over many entries at a time, and are called for what is theirs. */
import { expect, test } from 'vitest';
import { Call, lateArrival } from '../../src/dispatch/seldom.ts';
import { Arrivals } from '../../src/spool/arrivals.ts';

function arriving(): { readonly arrivals: Arrivals; readonly spool: { arrival: Arrivals['wait'] } } {
  const arrivals = new Arrivals(0);
  return { arrivals, spool: { arrival: (after, signal) => arrivals.wait(after, signal) } };
}

/** Whether it has settled once everything that is due at once has been done. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  promise.then(
    () => {
      over = true;
    },
    () => {},
  );
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

test('one entry waits for others; many do not wait', async () => {
  const { arrivals, spool } = arriving();
  const arrived = lateArrival(spool, 0, new AbortController().signal);
  arrivals.come(1);
  expect(await isOver(arrived)).toBe(false);
  arrivals.come(127);
  expect(await isOver(arrived)).toBe(false);
  arrivals.come(128);
  expect(await isOver(arrived)).toBe(true);
});

test('one entry alone is passed over in the end', async () => {
  const { arrivals, spool } = arriving();
  const arrived = lateArrival(spool, 0, new AbortController().signal);
  arrivals.come(1);
  await arrived;
});

test.each([0, 1])('a stop ends the wait after %i entries', async (entries) => {
  const { arrivals, spool } = arriving();
  const stop = new AbortController();
  const arrived = lateArrival(spool, 0, stop.signal);
  arrivals.come(entries);
  expect(await isOver(arrived)).toBe(false);
  stop.abort();
  expect(await isOver(arrived)).toBe(true);
});

test('a call wakes the one that has listened last', () => {
  const woken: string[] = [];
  const call = new Call();
  call.call();
  call.listen(() => woken.push('first'));
  call.listen(() => woken.push('second'));
  call.call();
  expect(woken).toEqual(['second']);
});
