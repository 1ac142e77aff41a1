import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { addNewConsumers, removeUnconfiguredConsumers } from '../../src/daemon/consumers.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import { positionBefore } from '../../src/spool/position-before.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';

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
    ...{ concurrency: 1, attemptTimeoutMs: 60_000, retryScheduleMs: [], retryForMs: 0, retryAfterMaxMs: 86_400_000 },
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
    await addNewConsumers(spool, recipients);
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
    await addNewConsumers(spool, [recipient('holds', 'beginning')]);
    expect((await spool.consumer('holds')).cursor).toBe(4);
  });

  it('hold nothing any more when they are gone', async () => {
    const spool = await tenEntries();
    await addNewConsumers(spool, [recipient('new')]);
    await removeUnconfiguredConsumers(spool, [recipient('new')], log);
    const { consumers, bytes } = await spool.state();
    expect(consumers.map(({ name }) => name)).toEqual(['new']);
    expect(bytes).toBe(0);
  });

  it('are warned of only where something is dropped', async () => {
    const spool = await tenEntries();
    await addNewConsumers(spool, [recipient('empty')]);
    const lines: unknown[] = [];
    const warned = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) });
    await removeUnconfiguredConsumers(spool, [], warned);
    expect((await spool.state()).consumers).toEqual([]);
    expect(lines).toMatchObject([{ notifier: 'holds', unfinished: 10, dead: 0 }]);
  });

  it('are known all together or not at all', async () => {
    const spool = await tenEntries();
    const names = async (): Promise<readonly string[]> => (await spool.state()).consumers.map(({ name }) => name);
    const refusing = changedSpool(spool, {
      async consumer(name, from) {
        if (name === 'refused') throw new Error('no room');
        return spool.consumer(name, from);
      },
    });
    await expect(addNewConsumers(refusing, [recipient('new'), recipient('refused')])).rejects.toThrow('no room');
    expect(await names()).toEqual(['holds']);
    const remove = await addNewConsumers(spool, [recipient('holds'), recipient('new')]);
    expect(await names()).toEqual(['holds', 'new']);
    await remove();
    expect(await names()).toEqual(['holds']);
  });

  it('stay when the spool cannot forget them, and nobody else minds', async () => {
    const spool = await tenEntries();
    const removeConsumer = (): Promise<never> => Promise.reject(new Error('no room'));
    await removeUnconfiguredConsumers(changedSpool(spool, { removeConsumer }), [], log);
    expect((await spool.state()).consumers.map(({ name }) => name)).toEqual(['holds']);
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
