/** Opens a spool, reads all of it, appends to it and commits; tells how many requests it has read. */
import { openLmdbSpool } from '../../../../src/spool/lmdb/lmdb-spool.ts';

const [directory = ''] = process.argv.slice(2);
const options = { directory, maxBytes: 1 << 28, retentionMs: 0, now: Date.now, random: Math.random };
const spool = await openLmdbSpool(options);
let read = 0;
for (let after = 0; ; ) {
  const page = await spool.read(after, 100);
  const last = page.at(-1);
  if (last === undefined) break;
  read += page.length;
  after = last.position;
}
const { first } = await spool.append([{ format: 'datagram', bytes: Buffer.from('more') }]);
await spool.consumer('a');
for (const { position } of await spool.deferred('a', 0, 10)) await spool.commit('a', { removeDeferred: [position] });
for (const { entry } of await spool.dead('a', 0, 10)) await spool.commit('a', { removeDead: [entry.position] });
const [more] = await spool.read(first - 1, 1);
await spool.close();
process.stdout.write(`${read} read, then ${more?.request.bytes}\n`);
