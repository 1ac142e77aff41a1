/** A spool in which the consumer of unusable requests has its former name. */
import { expect, it } from 'vitest';
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { formerUnusableConsumer, unusableConsumer } from '../../../src/spool/spool.ts';
import { scratchDirectory } from '../../os/scratch.ts';

const directory = scratchDirectory();

it('gets the current name when it is opened, with all that it has, and displaces a notifier of that name', async () => {
  const options = { directory, maxBytes: 2 ** 26, retentionMs: 3_600_000, now: () => 1000, random: () => 0.5 };
  const former = await openLmdbSpool(options);
  await former.consumer(formerUnusableConsumer, 0);
  await former.consumer(unusableConsumer, 0);
  await former.append([
    { format: 'datagram', bytes: Buffer.from('junk') },
    { format: 'datagram', bytes: Buffer.from('more') },
  ]);
  const [entry] = await former.read(0, 1);
  if (entry === undefined) throw new Error('there is no entry');
  const letter = { entry, at: 1000, lane: 'l', reason: 'no request', attempts: [] };
  await former.commit(formerUnusableConsumer, { cursor: 1, addDead: [letter] });
  await former.commit(unusableConsumer, { cursor: 2, tally: { delivered: 2 } });
  await former.close();

  for (const _ of ['first', 'second']) {
    const spool = await openLmdbSpool(options);
    const { consumers } = await spool.state();
    const shown = consumers.map(({ name, cursor, dead, tally }) => ({
      name,
      cursor,
      dead,
      delivered: tally.delivered,
    }));
    expect(shown.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'notifier-unusable', cursor: 2, dead: 0, delivered: 2 },
      { name: unusableConsumer, cursor: 1, dead: 1, delivered: 0 },
    ]);
    expect(await spool.dead(unusableConsumer, 0, 9)).toMatchObject([{ reason: 'no request' }]);
    await spool.close();
  }
});
