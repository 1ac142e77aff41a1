/** Makes a spool with a large backlog, or opens one and walks through it; tells how as one line of JSON. */
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import type { Deferral } from '../../../src/spool/spool.ts';

const [act = '', directory = '', number = ''] = process.argv.slice(2);
const options = { directory, maxBytes: 1 << 30, retentionMs: 0, now: Date.now, random: Math.random };
const spool = await openLmdbSpool(options);
const wanted = Number(number);

if (act === 'fill') {
  for (const name of ['reads', 'defers']) await spool.consumer(name);
  const batch = Array.from({ length: 4000 }, () => ({ format: 'datagram', bytes: Buffer.alloc(100, 'x') }) as const);
  for (let i = 0; i < wanted; i += 4000) await spool.append(batch);
} else {
  let read = 0;
  let defer: Deferral[] = [];
  for (let cursor = 0; ; ) {
    const entries = await spool.read(cursor, 256);
    const last = entries.at(-1);
    if (last === undefined) break;
    read += entries.length;
    cursor = last.position;
    await spool.commit('reads', { cursor, tally: { delivered: entries.length } });
    for (const { position } of entries) {
      // Each in a lane of its own, or all in one.
      const lane = position % 32 === 0 ? 'x' : `${position}`;
      if (position % 16 === 0) defer.push({ position, lane, dueAt: 1, attempts: [] });
    }
    if (defer.length < 500) continue;
    await spool.commit('defers', { cursor, defer });
    defer = [];
  }
  const due = (await spool.due('defers', 1, 64)).length;
  const peakBytes = process.memoryUsage().arrayBuffers;
  process.stdout.write(`${JSON.stringify({ read, due, small: peakBytes < 64 << 20 })}\n`);
}
await spool.close();
