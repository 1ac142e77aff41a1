import { describe, expect, it, onTestFinished } from 'vitest';
import type { NotifierRow } from '../../src/admin/protocol.ts';
import type { Position } from '../../src/base/request.ts';
import { renderStatus } from '../../src/cli/render-queue.ts';
import { bytesOf } from '../../src/spool/lmdb/disk/binary.ts';
import { openStore } from '../../src/spool/lmdb/disk/open-store.ts';
import { closeStore, type Store } from '../../src/spool/lmdb/disk/store.ts';
import type { LmdbSpool } from '../../src/spool/lmdb/lmdb-spool.ts';
import { rawRequest, testTime } from '../contract/spool.ts';
import { scratchSpools } from '../spool/lmdb/scratch.ts';
import { until } from '../support/until.ts';
import { auditRows, dispatchOn, performed, recipientOf, toolsOf } from './work.ts';

const scratch = scratchSpools();
const chunk = 100;

/**
 * Four chunks of a hundred. Consumer `n` has passed the first; of it, it has deferred 50 and 51 and given up 60 and 61.
 * Beyond its cursor it has finished 150 and deferred 160, as one that was killed may have.
 */
async function filled(directory: string): Promise<void> {
  const spool = await scratch.open(directory);
  await spool.consumer('n');
  for (let first = 1; first < 4 * chunk; first += chunk) {
    await spool.append(Array.from({ length: chunk }, (_, i) => rawRequest(`m${i % 9}:${first + i}`)));
  }
  const defer = [50, 51, 160].map((position) => ({ position, lane: `of ${position}`, dueAt: 0, attempts: [] }));
  const addDead = (await Promise.all([60, 61].map((position) => spool.get(position)))).flatMap((entry) =>
    entry === undefined ? [] : [{ entry, lane: 'x', at: testTime, reason: 'never', attempts: [] }],
  );
  await spool.commit('n', { cursor: chunk, ahead: [150], defer, addDead, tally: { delivered: chunk - 3 } });
  await spool.close();
}

async function tamper(directory: string, change: (store: Store) => Promise<unknown>): Promise<void> {
  const store = openStore({ directory, maxBytes: 1 << 20, now: () => testTime, random: () => 0.5 });
  await change(store);
  await closeStore(store);
}

/** Turns the bits of the byte at `at` of a chunk, from its end when negative. */
function flip({ chunks }: Store, key: Position, at: number): Promise<boolean> {
  const bytes = Buffer.from(bytesOf(chunks, key) ?? []);
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 0xff, index);
  return chunks.put(key, bytes);
}

/** Byte of a chunk at which the requests begin. */
const requestsAt = 20 + 24 * chunk;

async function damageAll(store: Store): Promise<void> {
  const letter = store.dead.get([1, 60]);
  if (letter === undefined) throw new Error('there is no such dead letter');
  const packed = Buffer.from(letter.packed);
  packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 0xff, packed.length - 1);
  await store.dead.put([1, 60], { ...letter, packed });
  // Deferred entry 50: each before it has five bytes, but for those of one digit.
  await flip(store, 1, requestsAt + 9 * 4 + 40 * 5);
  // The whole second chunk, and of the others one that waits and the newest.
  await flip(store, chunk + 1, 9);
  await flip(store, 2 * chunk + 1, requestsAt + 3);
  await flip(store, 3 * chunk + 1, -1);
}

const delivered = { status: 'delivered' } as const;

async function statusOf(spool: LmdbSpool): Promise<NotifierRow> {
  const [row] = (await performed(toolsOf(spool), { command: 'status' })).rows;
  if (row?.kind !== 'notifier') throw new Error('no notifier');
  return row;
}

describe('after damage', () => {
  it('the accounts add up, before a notifier comes upon it and afterwards', async () => {
    const directory = scratch.directory();
    await filled(directory);
    await tamper(directory, damageAll);
    const spool = await scratch.open(directory);
    // Of the second chunk, what was finished is known to be; what was deferred is not to be had any more.
    const lost = { deferred: 2, dead: 1, unread: chunk - 2, first: 1, last: 1 };
    const damaged = Object.values(lost).reduce((a, b) => a + b);
    const [before] = await auditRows(toolsOf(spool));
    expect(before).toMatchObject({ received: 4 * chunk, damaged, deferred: 1, dead: 1, difference: 0, faults: [] });
    expect(before?.waiting).toBe(2 * chunk - 2);

    const dispatch = dispatchOn(spool, [recipientOf('n', () => delivered)]);
    onTestFinished(() => dispatch.stop(0));
    const tools = toolsOf(spool, dispatch);
    await until(async () => (await spool.consumer('n')).cursor === 4 * chunk);
    await until(async () => (await spool.consumer('n')).deferred === 0);
    const counts = { received: 4 * chunk, waiting: 0, deferred: 0, dead: 1, damaged };
    const [after] = await auditRows(tools);
    expect(after).toMatchObject({ ...counts, delivered: 4 * chunk - damaged - 1, difference: 0, faults: [] });
    // What comes behind it is told.
    await spool.append([rawRequest('m1:last')]);
    await until(async () => (await spool.consumer('n')).cursor === 4 * chunk + 1);
    const row = await statusOf(spool);
    expect(row).toMatchObject({ damaged: damaged - lost.dead, waiting: 0, deferred: 0, dead: 2 });
    expect(renderStatus([row], testTime)).toContain(`n: ${damaged - lost.dead} unreadable`);
  });

  it('at the very end of the log, whoever looks at the accounts sees it, though no notifier is at work', async () => {
    const directory = scratch.directory();
    await filled(directory);
    await tamper(directory, async (store) => {
      for (const newest of [-1, -7, -13]) await flip(store, 3 * chunk + 1, newest);
    });
    const spool = await scratch.open(directory);
    // One of the damaged ones has been finished before.
    await spool.commit('n', { ahead: [4 * chunk - 1], tally: { delivered: 1 } });
    const waiting = 3 * chunk - 2 - 3;
    expect(await statusOf(spool)).toMatchObject({ received: 4 * chunk, waiting, deferred: 3, dead: 2, damaged: 2 });
    expect((await auditRows(toolsOf(spool)))[0]).toMatchObject({ waiting, damaged: 2, difference: 0, faults: [] });
    await spool.append([rawRequest('m1:last')]);
    // Now it is not at the end any more, and a notifier that comes by counts it.
    expect(await statusOf(spool)).toMatchObject({ waiting: waiting + 2 + 1, damaged: 0 });
  });

  it('all that waits, which a notifier that waits for news is told of', async () => {
    const directory = scratch.directory();
    await filled(directory);
    await tamper(directory, async (store) => {
      for (const first of [1, 2, 3]) await flip(store, first * chunk + 1, 9);
    });
    const spool = await scratch.open(directory);
    // 150 is finished, 160 is deferred.
    const damaged = 3 * chunk - 2;
    expect(await statusOf(spool)).toMatchObject({ waiting: 0, damaged });
    const dispatch = dispatchOn(spool, [recipientOf('n', () => delivered)]);
    onTestFinished(() => dispatch.stop(0));
    await until(async () => (await spool.consumer('n')).cursor === 4 * chunk);
    expect((await spool.consumer('n')).tally.damaged).toBeGreaterThanOrEqual(damaged);
    expect(await statusOf(spool)).toMatchObject({ received: 4 * chunk, waiting: 0 });
  });

  it('what an administrator drops is told from what is damaged', async () => {
    const directory = scratch.directory();
    await filled(directory);
    await tamper(directory, (store) => flip(store, 2 * chunk + 1, requestsAt + 3));
    const spool = await scratch.open(directory);
    const tools = toolsOf(spool);
    await performed(tools, { command: 'drop', from: 'queue', selection: {} });
    const [row] = await auditRows(tools);
    const dropped = 3 * chunk - 1 - 1 + 2;
    expect(row).toMatchObject({ waiting: 0, deferred: 0, dropped, damaged: 1, difference: 0, faults: [] });
    expect(await statusOf(spool)).toMatchObject({ waiting: 0, deferred: 0, dropped, damaged: 1 });
  });
});
