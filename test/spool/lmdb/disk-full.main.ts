/**
 * Fills a spool until its file may grow no more (the limit on file size that its parent has set stands in for a full
 * disk), then goes on with what room there is. Tells as one line of JSON how it fared.
 */
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';

const [directory = ''] = process.argv.slice(2);
const options = { directory, maxBytes: 1 << 28, retentionMs: 0, now: Date.now, random: Math.random };
const batch = Array.from({ length: 64 }, () => ({ format: 'datagram', bytes: Buffer.alloc(1000, 'x') }) as const);
const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : `${thrown}`;

let spool = await openLmdbSpool(options);
await spool.consumer('a');

/** Appends until it fails; answers the reason. */
async function fill(): Promise<string> {
  for (;;) {
    try {
      await spool.append(batch);
    } catch (thrown) {
      return `${codeOf(thrown)} ${thrown instanceof Error ? thrown.message : ''}`;
    }
  }
}

async function count(from: number): Promise<number> {
  let seen = 0;
  for (let after = from; ; ) {
    const entries = await spool.read(after, 1000);
    const last = entries.at(-1);
    if (last === undefined) return seen;
    seen += entries.length;
    after = last.position;
  }
}

/** Appends until it succeeds: trimming is looked after by whoever appends, ten times a second. */
async function appendedAt(): Promise<number | undefined> {
  for (let tries = 0; tries < 1000; tries++) {
    // By time: each try is a question whether there is room by now.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const appended = await spool.append(batch).catch(() => undefined);
    if (appended !== undefined) return appended.first;
  }
  return undefined;
}

const rounds: object[] = [];
let position = 0;
for (let round = 0; round < 3; round++) {
  const refused = await fill();
  const again = await fill();
  const { last } = await spool.state();
  const readable = await count(position);
  // Steps of consumers still find room, or are refused as a whole.
  const defer = [{ position: last, lane: 'x', dueAt: 0, attempts: [] }];
  const step = await spool.commit('a', { cursor: 1, defer }).then(() => 'committed', codeOf);
  await spool.commit('a', { cursor: last });
  const next = await appendedAt();
  rounds.push({ refused, again, read: readable === last - position, step, went: next === last + 1 });
  position = last;
}
await spool.close();
spool = await openLmdbSpool(options);
const { cursor, deferred } = await spool.consumer('a');
const kept = (await spool.get(cursor))?.request.bytes.byteLength;
const { length } = await spool.read(cursor, 100);
await spool.close();
process.stdout.write(`${JSON.stringify({ rounds, same: cursor === position, deferred, kept, length })}\n`);
