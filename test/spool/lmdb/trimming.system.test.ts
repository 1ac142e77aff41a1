import { describe, expect, it } from 'vitest';
import type { LmdbSpool, LmdbSpoolOptions } from '../../../src/spool/lmdb/lmdb-spool.ts';
import type { Deferral } from '../../../src/spool/spool.ts';
import { rawRequest, testTime } from '../../contract/spool.ts';
import { until } from '../../support/until.ts';
import { scratchSpools } from './scratch.ts';

const scratch = scratchSpools();
const hour = 3_600_000;

const deferral = (position: number): Deferral => ({ position, lane: 'x', dueAt: 0, attempts: [] });
const texts = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i} `.padEnd(1000, 'x'));
const fill = (spool: LmdbSpool, from: number, to: number): Promise<unknown> =>
  spool.append(texts(from, to).map(rawRequest));
const textOf = async (spool: LmdbSpool, position: number): Promise<string | undefined> => {
  const entry = await spool.get(position);
  return entry && Buffer.from(entry.request.bytes).toString();
};

/** Appends one request after the other until the oldest entry is the one that is wanted. */
async function trimmedTo(spool: LmdbSpool, first: number): Promise<void> {
  await until(async () => {
    await spool.append([rawRequest('nudge')]);
    return (await spool.state()).first >= first;
  });
}

describe('trimming', () => {
  it('keeps a deferred request and lets go of those around it', async () => {
    const directory = scratch.directory();
    let spool = await scratch.open(directory);
    await spool.consumer('a');
    await fill(spool, 1, 100);
    await fill(spool, 101, 200);
    const full = (await spool.state()).bytes;
    await spool.commit('a', { cursor: 200, defer: [deferral(50), deferral(150), deferral(151)] });
    await spool.close();
    spool = await scratch.open(directory);
    await trimmedTo(spool, 201);
    const kept = (await spool.state()).bytes;
    expect(kept).toBeLessThan(full / 20);
    expect(kept).toBeGreaterThan(3000);
    expect(await textOf(spool, 150)).toBe(texts(150, 150)[0]);
    expect(await spool.get(149)).toBeUndefined();
    await spool.close();
    spool = await scratch.open(directory);
    expect(await textOf(spool, 50)).toBe(texts(50, 50)[0]);
    expect((await spool.state()).bytes).toBe(kept);
    await spool.commit('a', { removeDeferred: [50, 150, 151] });
    await until(async () => {
      const { first: last } = await spool.append([rawRequest('nudge')]);
      await spool.commit('a', { cursor: last });
      return (await spool.state()).bytes < 3000;
    });
    expect(await spool.get(150)).toBeUndefined();
    expect((await spool.state()).bytes).toBeGreaterThanOrEqual(0);
  });

  it('goes on while somebody holds the log back, and stops before what is not passed', async () => {
    const spool = await scratch.open(scratch.directory());
    await spool.consumer('fast');
    await spool.consumer('slow');
    for (let i = 0; i < 10; i++) await fill(spool, i * 10 + 1, i * 10 + 10);
    await spool.commit('fast', { cursor: 100 });
    // In the middle of a chunk, which stays as a whole.
    await spool.commit('slow', { cursor: 35 });
    await trimmedTo(spool, 31);
    await spool.append([rawRequest('nudge')]);
    expect((await spool.state()).first).toBe(31);
    expect((await spool.read(35, 1)).map(({ position }) => position)).toEqual([36]);
  });

  it('keeps a request that is taken up again in the moment the log lets it go', async () => {
    const directory = scratch.directory();
    const spool = await scratch.open(directory, { retentionMs: hour });
    await spool.consumer('a');
    await fill(spool, 1, 10);
    await spool.commit('a', { cursor: 10 });
    await spool.commit('a', { defer: [deferral(4)], replayed: 1 });
    // Larger than what is left, so that retention ends here and now.
    await spool.append(texts(11, 990).map(rawRequest));
    expect((await spool.state()).first).toBe(11);
    expect(await textOf(spool, 4)).toBe(texts(4, 4)[0]);
    await spool.commit('a', { removeDeferred: [4] });
    expect(await spool.get(4)).toBeUndefined();
  });
});

describe('an idle log', () => {
  it('lets go of what everybody has passed though nothing is appended, step after step', async () => {
    const spool = await scratch.open(scratch.directory());
    await spool.consumer('a');
    // More than one step looks at.
    for (let i = 0; i < 90; i++) await fill(spool, i * 2 + 1, i * 2 + 2);
    await spool.commit('a', { cursor: 180, defer: [deferral(7)] });
    await until(async () => (await spool.state()).first === 181);
    expect(await textOf(spool, 7)).toBe(texts(7, 7)[0]);
    await spool.commit('a', { removeDeferred: [7] });
    await until(async () => (await spool.state()).bytes === 0);
  });

  it('works off retention as time goes by', async () => {
    let time = testTime;
    const spool = await scratch.open(scratch.directory(), { retentionMs: hour, now: () => time });
    await spool.consumer('a');
    await fill(spool, 1, 10);
    await spool.commit('a', { cursor: 10 });
    // From when it is noted how far everybody has got, an hour must pass.
    await until(async () => {
      time += hour / 4;
      return (await spool.state()).first === 11;
    });
    expect((await spool.consumer('a')).cursor).toBe(10);
  });
});

describe('retention', () => {
  let time = testTime;
  const options = (): Partial<LmdbSpoolOptions> => ({ retentionMs: 24 * hour, now: () => time });

  it('counts from when the last consumer has passed', async () => {
    time = testTime;
    const directory = scratch.directory();
    let spool = await scratch.open(directory, options());
    await spool.consumer('a');
    await fill(spool, 1, 10);
    time += 100 * hour;
    await spool.commit('a', { cursor: 10 });
    const passing = async (): Promise<void> => {
      await spool.close();
      spool = await scratch.open(directory, options());
      await spool.append([rawRequest('nudge')]);
      await spool.close();
      spool = await scratch.open(directory, options());
    };
    await passing();
    time += 23 * hour;
    await passing();
    expect((await spool.state()).first).toBe(1);
    time += 2 * hour;
    await passing();
    expect((await spool.state()).first).toBe(11);
  });

  it('gives way when the log is full, and is what is shed first', async () => {
    time = testTime;
    const spool = await scratch.open(scratch.directory(), options());
    await spool.consumer('a');
    for (let i = 0; i < 9; i++) await fill(spool, i * 100 + 1, i * 100 + 100);
    await spool.commit('a', { cursor: 850 });
    expect((await spool.state()).first).toBe(1);
    await fill(spool, 901, 1000);
    const { first, bytes } = await spool.state();
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThan(801);
    expect(bytes).toBeLessThanOrEqual(1 << 20);
    await expect(fill(spool, 1001, 1900)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    expect((await spool.read(850, 1000)).map(({ position }) => position)).toEqual(
      Array.from({ length: 150 }, (_, i) => 851 + i),
    );
  });
});

describe('a full log', () => {
  it('counts dead letters and what was taken back, also after a restart, and forgets them with their consumer', async () => {
    const directory = scratch.directory();
    let spool = await scratch.open(directory);
    await spool.consumer('a');
    await spool.consumer('b');
    await fill(spool, 1, 200);
    for (const name of ['a', 'b']) {
      for (let position = 1; position <= 90; position++) {
        const entry = await spool.get(position);
        if (entry === undefined) throw new Error('lost');
        const letter = { entry, lane: 'x', at: testTime, reason: 'refused', attempts: [] };
        // As long as one has not passed the others, nothing goes.
        await spool.commit(name, { ...(position === 90 ? { cursor: 200 } : {}), addDead: [letter] });
      }
    }
    await spool.commit('a', { removeDead: [1, 2, 3], defer: [deferral(1), deferral(2), deferral(3)] });
    await spool.close();
    spool = await scratch.open(directory);
    await trimmedTo(spool, 201);
    const { bytes } = await spool.state();
    expect(bytes).toBeGreaterThan(180_000);
    expect(bytes).toBeLessThan(220_000);
    await expect(fill(spool, 1, 900)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
    await spool.removeConsumer('a');
    const half = (await spool.state()).bytes;
    expect(bytes - half).toBe(90 * 1064);
    await spool.removeConsumer('b');
    expect((await spool.state()).bytes).toBe(half - 90 * 1064);
  });
});
