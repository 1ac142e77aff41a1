import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LmdbSpool, LmdbSpoolOptions } from '../../../src/spool/lmdb/lmdb-spool.ts';
import { isLong } from '../../support/long.ts';
import { unmarkedDescriptors } from '../../support/unmarked-descriptor.ts';
import { until } from '../../support/until.ts';
import { scratchSpools } from './scratch.ts';
import { startWriter } from './writer-thread.ts';

const scratch = scratchSpools();
const options: Partial<LmdbSpoolOptions> = {
  maxBytes: 1 << 28,
  now: Date.now,
  random: Math.random,
  onDamaged: (first) => expect.fail(`entry ${first} is damaged`),
};

/** Threads and processes that start a loader of TypeScript each: on a machine with much else to do, that takes long. */
const patienceMs = 150_000;

/** Begins to consume. A test that ends before it waits for that has a failure of its own to tell, and closes the spool. */
function beginToConsume(spool: LmdbSpool, stop: AbortSignal): Promise<readonly number[]> {
  const seen = consume(spool, stop);
  seen.catch(() => {});
  return seen;
}

/** Reads on until `stop` aborts, defers the last entry of every other step, and answers the positions it has seen. */
async function consume(spool: LmdbSpool, stop: AbortSignal): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let steps = 0; ; steps++) {
    const cursor = seen.at(-1) ?? 0;
    await spool.arrival(cursor, stop);
    const entries = await spool.read(cursor, 50);
    const last = entries.at(-1);
    if (last === undefined) return seen;
    seen.push(...entries.map(({ position }) => position));
    const defer = steps % 2 === 0 ? [] : [{ position: last.position, lane: 'x', dueAt: 0, attempts: [] }];
    await spool.commit('a', { cursor: last.position, defer, tally: { delivered: entries.length - defer.length } });
  }
}

/** That what was told of is there, each entry once, and that both sides agree after reopening. */
async function verify(directory: string, told: number): Promise<void> {
  const spool = await scratch.open(directory, options);
  const { last } = await spool.state();
  expect(last).toBeGreaterThanOrEqual(told);
  const { cursor, deferred, tally } = await spool.consumer('a');
  expect(tally.delivered + deferred).toBe(cursor);
  const listed = await spool.deferred('a', 0, 100_000);
  expect(listed).toHaveLength(deferred);
  for (const { position } of listed) expect(await spool.get(position)).toBeDefined();
  let waiting = 0;
  for (let after = cursor; after < last; ) {
    const entries = await spool.read(after, 1000);
    waiting += entries.length;
    after = entries.at(-1)?.position ?? expect.fail(`nothing behind ${after}`);
  }
  expect(waiting).toBe(last - cursor);
  expect(await spool.append([{ format: 'datagram', bytes: Buffer.from('next') }])).toMatchObject({ first: last + 1 });
}

describe('a log that one thread appends to and another one reads', { timeout: patienceMs }, () => {
  it('shows each thread what the other has written, while both write', async () => {
    const directory = scratch.directory();
    const spool = await scratch.open(directory, { ...options, writer: 'elsewhere' });
    await spool.consumer('a');
    await expect(spool.append([])).rejects.toMatchObject({ code: 'SPOOL_IO' });
    const stop = new AbortController();
    const seen = beginToConsume(spool, stop.signal);
    const worker = startWriter(directory, 200);
    worker.on('message', (last) => {
      if (last === 'closed') stop.abort();
      else spool.notice(last);
    });
    await once(worker, 'exit');
    expect(await seen).toEqual(Array.from({ length: 200 * 32 }, (_, i) => i + 1));
    // Whoever appends trims behind us what was not deferred. The first may have been over before we had got anywhere.
    await once(startWriter(directory, 1), 'exit');
    expect((await spool.state()).first).toBeGreaterThan(1);
    await spool.close();
    await verify(directory, 201 * 32);
  });

  it('opens no file that a program could inherit, in neither thread', { timeout: patienceMs }, async () => {
    const directory = scratch.directory();
    await scratch.open(directory, { ...options, writer: 'elsewhere' });
    const opened = unmarkedDescriptors();
    const worker = startWriter(directory);
    await once(worker, 'message');
    expect([opened, unmarkedDescriptors()]).toEqual([[], []]);
    await worker.terminate();
  });

  it('survives the end of the thread that appends at any moment', async () => {
    for (let round = 0; round < (isLong ? 5 : 2); round++) {
      const directory = scratch.directory();
      const spool = await scratch.open(directory, { ...options, writer: 'elsewhere' });
      await spool.consumer('a');
      const stop = new AbortController();
      const seen = beginToConsume(spool, stop.signal);
      const worker = startWriter(directory);
      let told = 0;
      worker.on('message', (last: number) => {
        told = last;
        spool.notice(last);
      });
      await until(() => told > round * 150, patienceMs);
      await worker.terminate();
      stop.abort();
      await seen;
      await spool.commit('a', { defer: [] });
      await spool.close();
      await verify(directory, told);
    }
  });

  it.each([
    ['exits', 0],
    ['is killed', 9],
    ['exits', 23],
    ['is killed', 40],
  ])('has all that was durable when the process %s in the midst of it, %i ms after the first', async (end, afterMs) => {
    const directory = scratch.directory();
    const program = join(import.meta.dirname, 'exit.main.ts');
    const words = [directory, end === 'exits' ? 'exit' : 'kill', `${afterMs}`];
    const child = spawnSync(process.execPath, ['--import', 'tsx', program, ...words], {
      encoding: 'utf8',
      timeout: patienceMs - 10_000,
      killSignal: 'SIGTERM',
    });
    const { status, signal, stderr } = child;
    const expected = end === 'exits' ? { status: 7, signal: null } : { status: null, signal: 'SIGKILL' };
    // Node ends the other thread wherever it is; in the middle of a call of LMDB's binding, that aborts the process.
    const isAbort = end === 'exits' && signal === 'SIGABRT' && stderr.includes('napi_throw');
    if (!isAbort) expect({ status, signal, stderr }).toEqual({ ...expected, stderr: '' });
    const told = Number(child.stdout.trim().split('\n').at(-1));
    expect(told).toBeGreaterThan(0);
    await verify(directory, told);
  });
});
