/**
 * Appends in one thread and takes steps in the other, and ends in the midst of both: by `process.exit` or, as it
 * is told, killed.
 */
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { startWriter } from './writer-thread.ts';

const [directory = '', way = '', afterMs = ''] = process.argv.slice(2);
const end = (): void => {
  if (way === 'kill') process.kill(process.pid, 'SIGKILL');
  process.exit(7);
};
const options = { directory, maxBytes: 1 << 28, retentionMs: 0, now: Date.now, random: Math.random };
const spool = await openLmdbSpool({ ...options, writer: 'elsewhere' });
await spool.consumer('a');
let told = 0;
startWriter(directory).on('message', (last: number) => {
  // By time: it dies at any moment, whatever it is doing.
  if (told === 0) setTimeout(end, Number(afterMs));
  told = last;
  // Synchronous, so that the parent knows of every position that we know of.
  process.stdout.write(`${last}\n`);
  spool.notice(last);
});
for (let cursor = 0; ; ) {
  await spool.arrival(cursor, new AbortController().signal);
  const entries = await spool.read(cursor, 100);
  const last = entries.at(-1);
  if (last === undefined) continue;
  cursor = last.position;
  const defer = [{ position: cursor, lane: 'x', dueAt: 0, attempts: [] }];
  await spool.commit('a', { cursor, defer, tally: { delivered: entries.length - 1 } });
}
