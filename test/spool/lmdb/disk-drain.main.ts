/**
 * Two spools whose file may grow no more (the limit on file size that its parent has set stands in for a full disk): one
 * is full of what is only retained, the other of what waits. Tells as one line of JSON how each fared.
 */
import { join } from 'node:path';
import { commitInParts } from '../../../src/admin/context.ts';
import type { LmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';

const [directory = ''] = process.argv.slice(2);
const batch = Array.from({ length: 20 }, () => ({ format: 'datagram', bytes: Buffer.alloc(1000, 'x') }) as const);
const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function open(name: string, retentionMs: number): Promise<LmdbSpool> {
  const limits = { maxBytes: 1 << 28, retentionMs, now: Date.now, random: Math.random };
  return openLmdbSpool({ directory: join(directory, name), ...limits });
}

/** Delivered at once, and kept for replay: three times as much as fits. */
async function retain(): Promise<object> {
  const spool = await open('retained', 86_400_000);
  await spool.consumer('a');
  let refused = '';
  for (let i = 0; i < 1200 && refused === ''; i++) {
    await spool
      .append(batch)
      .then(({ first }) => spool.commit('a', { cursor: first + batch.length - 1 }))
      .catch((thrown) => {
        refused = `${i}: ${messageOf(thrown)}`;
      });
  }
  const { last, first } = await spool.state();
  await spool.close();
  return { refused, all: last === 1200 * batch.length, discarded: first > 1, retained: first < last };
}

/** Nothing is delivered: it is deferred, in lanes of its own, as long as there is room; and then all of it is dropped. */
async function drain(): Promise<object> {
  const spool = await open('full', 0);
  await spool.consumer('a');
  let refused = '';
  while (refused === '')
    await spool.append(batch).catch((thrown) => {
      refused = messageOf(thrown);
    });
  const { last } = await spool.state();
  let deferred = 0;
  for (let at = 0; at < last; at += 100) {
    const positions = Array.from({ length: Math.min(100, last - at) }, (_, i) => at + i + 1);
    const defer = positions.map((position) => ({
      position,
      lane: `mailbox ${position}`,
      dueAt: position,
      attempts: [],
    }));
    const went = await spool.commit('a', { cursor: positions.at(-1) ?? 0, defer }).then(
      () => true,
      () => false,
    );
    if (!went) break;
    deferred += positions.length;
  }
  let failed = '';
  const fail = (thrown: unknown): void => {
    failed ||= messageOf(thrown);
  };
  // As `queue drop --all` does it.
  await spool.commit('a', { cursor: last, tally: { dropped: last - deferred } }).catch(fail);
  while (failed === '') {
    const page = (await spool.deferred('a', 0, 1024)).map(({ position }) => position);
    if (page.length === 0) break;
    await commitInParts(page, (removeDeferred) =>
      spool.commit('a', { removeDeferred, tally: { dropped: removeDeferred.length } }),
    ).catch(fail);
  }
  const left = (await spool.consumer('a')).deferred;
  let again = false;
  for (let tries = 0; tries < 1000 && !again; tries++) {
    again = await spool.append(batch).then(
      () => true,
      () => false,
    );
    // By time: each try is a question whether there is room by now.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await spool.close();
  return { full: refused.includes('make room'), failed, deferred: deferred > 1000, left, again };
}

process.stdout.write(`${JSON.stringify({ retained: await retain(), full: await drain() })}\n`);
