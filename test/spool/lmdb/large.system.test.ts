/** Requests as long as options allow, the whole way through the spool: lmdb-js changes its ways at values of 2^24 bytes. */
import { expect, it } from 'vitest';
import { longestRequestBytes } from '../../../src/base/limits.ts';
import type { Entry } from '../../../src/base/request.ts';
import { isLong } from '../../support/long.ts';
import { until } from '../../support/until.ts';
import { scratchSpools } from './scratch.ts';

const scratch = scratchSpools();
const options = {
  maxBytes: 4 * longestRequestBytes + 4096,
  onDamaged: () => expect.fail('damaged'),
  onDiscard: () => expect.fail('discarded'),
};

const threshold = 2 ** 24;
/** What a chunk of one request has beside its bytes: head and table. */
const surrounding = 36;
const around = (size: number): readonly number[] => [size - 1, size, size + 1];

/** Much is written to the disk, and others write to it as well. */
const patienceMs = 240_000;

/** Different in every part. */
function bytesOfLength(size: number): Buffer {
  const bytes = Buffer.alloc(size, 'x');
  for (let at = 0; at + 4 <= size; at += 4093) bytes.writeUInt32LE(at, at);
  return bytes;
}

// The last that lmdb-js takes as it takes all shorter ones, the first that it does not, and the longest of all.
const sizes = isLong
  ? [...around(threshold - surrounding), ...around(threshold), longestRequestBytes]
  : [threshold - surrounding - 1, threshold - surrounding, threshold, longestRequestBytes];

it.each(sizes)(
  'keeps a request of %i bytes as an entry, deferred, as a dead letter and taken back, over restarts',
  async (size) => {
    const directory = scratch.directory();
    const bytes = bytesOfLength(size);
    const isWhole = (entry: Entry | undefined): boolean => entry !== undefined && bytes.equals(entry.request.bytes);
    let spool = await scratch.open(directory, options);
    const restart = async (): Promise<void> => {
      await spool.close();
      spool = await scratch.open(directory, options);
    };
    const deferral = { position: 1, lane: 'x', dueAt: 1, attempts: [] };
    await spool.consumer('a');
    await spool.append([{ format: 'dlist', bytes }]);
    expect(isWhole((await spool.read(0, 2))[0])).toBe(true);
    await restart();
    expect(isWhole(await spool.get(1))).toBe(true);

    await spool.commit('a', { cursor: 1, defer: [deferral] });
    await until(async () => (await spool.state()).first > 1);
    expect(isWhole(await spool.get(1))).toBe(true);
    await restart();
    const entry = await spool.get(1);
    if (entry === undefined) throw new Error('the deferred entry is gone');
    expect(isWhole(entry)).toBe(true);

    await spool.commit('a', {
      removeDeferred: [1],
      addDead: [{ entry, lane: 'x', at: 1, reason: 'no', attempts: [] }],
    });
    const isDead = async (): Promise<boolean> => isWhole((await spool.dead('a', 0, 2))[0]?.entry);
    expect(await isDead()).toBe(true);
    await restart();
    expect(await isDead()).toBe(true);

    // The log has let go of its own copy.
    await until(async () => (await spool.state()).bytes < size + 1000);
    await spool.commit('a', { removeDead: [1], defer: [deferral] });
    expect(isWhole(await spool.get(1))).toBe(true);
    await restart();
    expect(isWhole(await spool.get(1))).toBe(true);
    await spool.commit('a', { removeDeferred: [1], tally: { delivered: 1 } });
    expect((await spool.state()).bytes).toBe(0);
    await spool.removeConsumer('a');
  },
  patienceMs,
);

it('answers with few dead letters at a time when they are large, and forgets them all', async () => {
  const size = 6 * 2 ** 20;
  const spool = await scratch.open(scratch.directory(), options);
  await spool.consumer('a');
  for (let i = 1; i <= 6; i++) {
    await spool.append([{ format: 'dlist', bytes: bytesOfLength(size + i) }]);
    const [entry] = await spool.read(i - 1, 1);
    if (entry === undefined) throw new Error('the entry is not there');
    await spool.commit('a', { cursor: i, addDead: [{ entry, lane: 'x', at: 1, reason: 'no', attempts: [] }] });
  }
  const seen: number[] = [];
  for (let page = await spool.dead('a', 0, 100); page.length > 0; page = await spool.dead('a', seen.at(-1) ?? 0, 100)) {
    expect(page.length).toBeLessThan(4);
    seen.push(...page.map(({ entry }) => entry.position));
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  await spool.removeConsumer('a');
  await until(async () => (await spool.state()).bytes === 0);
});
