import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Recipient } from '../src/dispatch/recipient.ts';
import { registerConsumers } from '../src/registration.ts';
import { openMemorySpool } from '../src/spool/memory-spool.ts';
import { positionBefore } from '../src/spool/position-before.ts';
import { rawRequest } from './contract/spool.ts';

const log = pino({ level: 'silent' });

/** A log of ten entries, the first received at 1000, each 10 ms after the one before it. */
async function tenEntries() {
  let time = 990;
  const spool = openMemorySpool({ maxBytes: 1_000_000, now: () => (time += 10), random: () => 0 });
  await spool.consumer('holds');
  for (let i = 1; i <= 10; i++) await spool.append([rawRequest(`${i}`)]);
  return spool;
}

function recipient(name: string, from?: Recipient['from']): Recipient {
  const policy = {
    ...{ concurrency: 1, retryScheduleMs: [], retryForMs: 0 },
    breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
  };
  const notifier = { maxBatch: 1, notify: async () => [], async close() {} };
  const route: Recipient['route'] = () => ({ kind: 'filtered', reason: { option: '', detail: '' } });
  return { name, notifier, policy, route, ...(from === undefined ? {} : { from }) };
}

describe('the notifiers of a configuration', () => {
  it('begin at the end, at the beginning, or at a time', async () => {
    const spool = await tenEntries();
    const recipients = [
      recipient('holds'),
      recipient('plain'),
      recipient('end', 'end'),
      recipient('all', 'beginning'),
      recipient('some', 1045),
    ];
    await registerConsumers(spool, recipients, log);
    const { consumers } = await spool.state();
    expect(consumers.map(({ name, cursor }) => [name, cursor])).toEqual([
      ['holds', 0],
      ['plain', 10],
      ['end', 10],
      ['all', 0],
      ['some', 5],
    ]);
  });

  it('stay where they are when they are known, wherever they would begin', async () => {
    const spool = await tenEntries();
    await spool.commit('holds', { cursor: 4 });
    await registerConsumers(spool, [recipient('holds', 'beginning')], log);
    expect((await spool.consumer('holds')).cursor).toBe(4);
  });

  it('hold nothing any more when they are gone', async () => {
    const spool = await tenEntries();
    await registerConsumers(spool, [recipient('new')], log);
    const { consumers, bytes } = await spool.state();
    expect(consumers.map(({ name }) => name)).toEqual(['new']);
    expect(bytes).toBe(0);
  });
});

describe('a time in the log', () => {
  it.each([
    [0, 0],
    [1000, 0],
    [1001, 1],
    [1010, 1],
    [1090, 9],
    [1091, 10],
    [9999, 10],
  ])('%i stands behind position %i', async (at, position) => {
    expect(await positionBefore(await tenEntries(), at)).toBe(position);
  });
});
