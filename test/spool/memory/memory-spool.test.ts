import { describe, expect, it } from 'vitest';
import { rawRequest, spoolContract, testTime } from '../../contract/spool.ts';
import { openMemorySpool } from './memory-spool.ts';

const fixed = { now: () => testTime, random: () => 0.5 };

spoolContract('memory', async (maxBytes, onDiscard) => {
  const spool = openMemorySpool({ maxBytes, onDiscard, ...fixed });
  return { spool, close: () => spool.close() };
});

describe('the memory spool', () => {
  it('throws away what nobody needs any more', async () => {
    const spool = openMemorySpool({ maxBytes: 10_000, ...fixed });
    await spool.consumer('a');
    for (let i = 1; i <= 1000; i++) {
      await spool.append([rawRequest(`request ${i}`)]);
      await spool.commit('a', { cursor: i });
    }
    expect((await spool.state()).bytes).toBe(0);
    expect((await spool.state()).first).toBe(1001);
  });

  it('counts the bytes of dead letters, also when they are shed', async () => {
    const spool = openMemorySpool({ maxBytes: 100_000, ...fixed });
    await spool.consumer('a');
    for (let i = 1; i <= 100; i++) {
      await spool.append([rawRequest('x'.repeat(1000))]);
      const entry = await spool.get(i);
      if (entry === undefined) throw new Error('lost');
      const letter = { entry, lane: '', at: testTime + i, reason: 'refused', attempts: [] };
      await spool.commit('a', { cursor: i, addDead: [letter] });
    }
    const { dead, tally } = await spool.consumer('a');
    expect(dead * 1512).toBeLessThanOrEqual(25_000);
    expect(tally.dropped).toBe(100 - dead);
    expect((await spool.state()).bytes).toBe(dead * 1512);
  });

  it('never lets the time of entries run backwards', async () => {
    const times = [testTime, testTime - 5000, testTime + 1];
    const spool = openMemorySpool({ maxBytes: 10_000, now: () => times.shift() ?? 0, random: () => 0 });
    await spool.consumer('a');
    for (const text of ['one', 'two', 'three']) await spool.append([rawRequest(text)]);
    expect((await spool.read(0, 9)).map(({ receivedAt }) => receivedAt - testTime)).toEqual([0, 0, 1]);
  });
});
