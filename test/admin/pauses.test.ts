/** The pause that an administrator makes: nothing but a resume and its own end ends it. */
import { afterEach, expect, it } from 'vitest';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import { type Outcome, untilResumedMs } from '../../src/notifier/notifier.ts';
import { administratorsPause, endedPause, waitsForSomebody } from '../../src/spool/asked-pause.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { until } from '../support/until.ts';
import { type Answer, append, dispatchOn, performed, recipientOf, toolsOf, wrongIn } from './work.ts';

const minute = 60_000;
const delivered: Outcome = { status: 'delivered' };
let now = Date.UTC(2026, 10, 21);
let dispatch: Dispatch;
afterEach(() => dispatch.stop(0));

async function begin(answer: Answer, ...texts: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: () => now, random: Math.random });
  for (const name of ['n', 'keeps']) await spool.consumer(name, 0);
  await spool.append(texts.map(rawRequest));
  start(spool, answer);
  return spool;
}

function start(spool: Spool, answer: Answer): void {
  dispatch = dispatchOn(
    spool,
    [recipientOf('n', answer, { retryForMs: 10 * minute, retryScheduleMs: [1000] })],
    () => now,
  );
}

const command = (spool: Spool, request: Parameters<typeof performed>[1]) =>
  performed({ ...toolsOf(spool, dispatch), now: () => now }, request);

/** Lets `ms` pass, and the loop come round several times. */
async function pass(ms: number): Promise<void> {
  now += ms;
  for (let i = 0; i < 5; i++) await dispatch.heartbeats().get('n');
}

const retry = { command: 'retry', from: 'queue', selection: {} } as const;

it('holds over a retry and a restart; what came meanwhile is delivered in order once it is resumed', async () => {
  const seen: string[] = [];
  const answer = (message: string): Outcome => {
    seen.push(message);
    return delivered;
  };
  const spool = await begin(answer);
  await command(spool, { command: 'pause', notifier: 'n' });
  await append(spool, 'm:1', 'm:2');
  await command(spool, retry);
  await pass(minute);
  await dispatch.stop(0);
  start(spool, answer);
  await append(spool, 'm:3');
  await pass(365 * 24 * 60 * minute);
  expect(seen).toEqual([]);
  await command(spool, { command: 'resume', notifier: 'n' });
  await until(() => seen.length === 3);
  expect(seen).toEqual(['m:1', 'm:2', 'm:3']);
  await until(async () => (await spool.consumer('n')).tally.delivered === 3);
  expect(await wrongIn(toolsOf(spool))).toEqual([]);
});

it('with an end ends by itself', async () => {
  const seen: string[] = [];
  const spool = await begin((message) => {
    seen.push(message);
    return delivered;
  });
  await command(spool, { command: 'pause', notifier: 'n', forMs: minute });
  await append(spool, 'm:1');
  await pass(minute - 1);
  expect(seen).toEqual([]);
  await pass(1);
  await until(() => seen.length === 1);
});

it('stops the time after which a notification is given up', async () => {
  let answer: Outcome = { status: 'retry', reason: 'no' };
  const spool = await begin(() => answer, 'm:1');
  await until(async () => (await spool.deferred('n', 0, 1))[0]?.attempts.length === 1);
  await command(spool, { command: 'pause', notifier: 'n' });
  await pass(60 * minute);
  await command(spool, { command: 'resume', notifier: 'n' });
  await until(async () => (await spool.deferred('n', 0, 1))[0]?.attempts.length === 2);
  expect((await spool.consumer('n')).dead).toBe(0);
  answer = delivered;
  await pass(minute);
  await until(async () => (await spool.consumer('n')).tally.delivered === 1);
});

it.each([
  ['a shorter one', 1000],
  ['a longer one', 60 * minute],
  ['one without an end', untilResumedMs],
])('is not taken over by a receiver that asks for %s during it', async (_, pauseMs) => {
  let finish = (_: Outcome): void => {};
  let attempts = 0;
  const spool = await begin(() => {
    attempts++;
    return new Promise((resolve) => {
      finish = resolve;
    });
  }, 'm:1');
  await until(() => attempts === 1);
  const pausing = command(spool, { command: 'pause', notifier: 'n' });
  await until(async () => (await spool.consumer('n')).pause !== undefined);
  finish({ status: 'retry', reason: 'answered 503', pauseMs });
  await pausing;
  await until(() => dispatch.states().get('n')?.inFlight === 0);
  await pass(0);
  await command(spool, retry);
  await dispatch.stop(0);
  start(spool, () => {
    attempts++;
    return delivered;
  });
  await pass(24 * 60 * minute);
  expect(attempts).toBe(1);
  expect((await spool.consumer('n')).pause).toMatchObject({ by: 'administrator' });
  await command(spool, { command: 'resume', notifier: 'n' });
  await until(() => attempts === 2);
});

it('that has an end is made longer by its receiver, and never shorter', async () => {
  const spool = await begin(() => delivered);
  await command(spool, { command: 'pause', notifier: 'n', forMs: 10 * minute });
  const { pause } = await spool.consumer('n');
  expect(pause).toMatchObject({ until: now + 10 * minute, totalMs: 10 * minute });
  const longer = administratorsPause(pause, now + minute, 60 * minute);
  expect(longer).toMatchObject({ until: now + 61 * minute, totalMs: 61 * minute });
  expect(administratorsPause(longer, now + minute, 1000).until).toBe(longer.until);
  const endless = administratorsPause(longer, now);
  expect(waitsForSomebody(endless, now + 366 * 24 * 60 * minute)).toBe(true);
  // What was left of it does not count.
  expect(endedPause(endless, now + 5 * minute)).toMatchObject({ until: now + 5 * minute, totalMs: 5 * minute });
});
