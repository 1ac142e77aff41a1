import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/spool/lmdb/disk/open-store.ts';
import { closeStore } from '../../../src/spool/lmdb/disk/store.ts';
import { unfinishedOf } from '../../../src/spool/tally.ts';
import { rawRequest, testTime } from '../../contract/spool.ts';
import { scratchSpools } from './scratch.ts';

const scratch = scratchSpools();

describe('a spool of an older version', () => {
  it('that did not count what is damaged adds up all the same', async () => {
    const directory = scratch.directory();
    const before = await scratch.open(directory);
    await before.consumer('a');
    await before.append(['1', '2', '3'].map(rawRequest));
    await before.close();
    const store = openStore({ directory, maxBytes: 1 << 20, now: () => testTime, random: () => 0.5 });
    const [record] = [...store.consumers.getRange()].map(({ value }) => value);
    if (record === undefined) throw new Error('the consumer is not there');
    const tally = { ...record.tally, delivered: 1 };
    Reflect.deleteProperty(tally, 'damaged');
    store.consumers.putSync('a', { ...record, cursor: 1, tally });
    await closeStore(store);

    const spool = await scratch.open(directory);
    const { last } = await spool.state();
    expect(unfinishedOf(await spool.consumer('a'), last)).toBe(2);
    await spool.commit('a', { cursor: 2, tally: { filtered: 1 } });
    expect((await spool.consumer('a')).tally).toEqual({ delivered: 1, filtered: 1, dropped: 0, damaged: 0 });
  });
});
