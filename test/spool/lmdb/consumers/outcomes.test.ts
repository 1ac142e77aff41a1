import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outcomes } from '../../../../src/spool/lmdb/consumers/outcomes.ts';
import { openStore } from '../../../../src/spool/lmdb/disk/open-store.ts';
import { closeStore, type Store } from '../../../../src/spool/lmdb/disk/store.ts';
import type { OutcomeGroup } from '../../../../src/spool/spool.ts';
import { testTime } from '../../../contract/spool.ts';
import { scratchSpools } from '../scratch.ts';

const delivered = (at: number, ...positions: number[]): OutcomeGroup => ({
  outcome: { state: 'delivered', attempts: 1 },
  at,
  positions,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the outcomes on disk', () => {
  let store: Store;
  let at = testTime;
  const maxBytes = 8 * 2 ** 20;
  const scratch = scratchSpools();

  beforeEach(() => {
    const directory = scratch.directory();
    mkdirSync(directory);
    store = openStore({ directory, maxBytes, random: () => 0.5, now: () => testTime });
  });
  afterEach(() => closeStore(store));

  const flush = (outcomes: Outcomes, first: number): void => {
    const { write, done } = outcomes.flush([1, 2], first, ++at);
    if (write !== undefined) store.environment.transactionSync(() => write.put());
    done();
  };
  const rows = (): number => [...store.outcomes.getKeys()].length;

  it('are a row for each writing, whatever was delivered meanwhile', () => {
    const outcomes = new Outcomes(store, maxBytes);
    for (let step = 0; step < 20; step++) outcomes.add(1, [delivered(at, ...range(100 * step + 1, 100 * step + 100))]);
    expect(rows()).toBe(0);
    expect(outcomes.find(1, [7]).get(7)).toMatchObject({ state: 'delivered' });
    flush(outcomes, 1);
    expect(rows()).toBe(1);
    expect([...outcomes.find(1, [1, 2000, 2001]).keys()]).toEqual([1, 2000]);
    expect([...outcomes.find(2, [1]).keys()]).toEqual([]);
  });

  it('are known while they are on their way to the disk, and written the next time when that fails', () => {
    const outcomes = new Outcomes(store, maxBytes);
    outcomes.add(1, [delivered(at, 1, 2)]);
    outcomes.flush([1], 1, ++at);
    outcomes.add(1, [delivered(at, 3)]);
    expect([...outcomes.find(1, [1, 2, 3]).keys()].toSorted()).toEqual([1, 2, 3]);
    flush(outcomes, 1);
    expect(rows()).toBe(1);
    expect(outcomes.find(1, [1, 2, 3]).size).toBe(3);
  });

  it('are given up, not piled up in memory, when the disk takes none for long', () => {
    const outcomes = new Outcomes(store, maxBytes);
    // Each writing takes all that has piled up: few of them are as good as many.
    for (let step = 0; step < 40; step++) {
      outcomes.add(1, [delivered(at, ...range(10_000 * step + 1, 10_000 * step + 10_000))]);
      outcomes.flush([1], 1, ++at);
    }
    const known = outcomes.find(1, [1, 400_000]);
    expect([...known.keys()]).toEqual([400_000]);
  });

  it('go with their entries, but for those that somebody has deferred or as a dead letter', () => {
    const outcomes = new Outcomes(store, maxBytes);
    outcomes.add(1, [delivered(at, ...range(1, 1000))]);
    flush(outcomes, 1);
    outcomes.add(1, [delivered(at, ...range(1001, 2000))]);
    flush(outcomes, 1);
    store.environment.transactionSync(() => {
      void store.kept.put([17, 0], Buffer.from('x'));
      void store.dead.put([2, 900], { lane: '""', at, reason: '', attempts: [], cost: 1, packed: Buffer.from('x') });
    });
    flush(outcomes, 1001);
    expect([...outcomes.find(1, range(1, 2000)).keys()]).toEqual([17, 900, ...range(1001, 2000)]);
    flush(outcomes, 1500);
    expect([...outcomes.find(1, range(1, 1001)).keys()]).toEqual([17, 900, 1001]);
    store.environment.transactionSync(() => {
      void store.kept.remove([17, 0]);
      void store.dead.remove([2, 900]);
    });
    flush(outcomes, 2001);
    flush(outcomes, 2001);
    expect(rows()).toBe(0);
  });

  it('take no more of the disk than their share, whatever is retained', () => {
    const outcomes = new Outcomes(store, maxBytes);
    const answer = (position: number): OutcomeGroup => ({
      outcome: { state: 'delivered', attempts: 1, detail: `250 queued as ${position}`.padEnd(200, 'x') },
      at,
      positions: [position],
    });
    for (let step = 0; step < 40; step++) {
      outcomes.add(1, range(100 * step + 1, 100 * step + 100).map(answer));
      flush(outcomes, 1);
    }
    const bytes = [...store.outcomes.getRange()].reduce((sum, { value }) => sum + JSON.stringify(value).length, 0);
    expect(bytes).toBeLessThan(maxBytes / 16);
    expect(bytes).toBeGreaterThan(maxBytes / 128);
    expect(outcomes.find(1, [4000]).size).toBe(1);
  });
});
