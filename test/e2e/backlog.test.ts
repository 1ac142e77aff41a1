/**
 * Nothing reads the whole backlog into memory: the daemon and every command do their work on a large one with a heap that
 * has no room for it. A program that needs more heap than it may have ends with an abort, so each of these would show.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditRow, NotifierRow } from '../../src/admin/protocol.ts';
import { openLmdbSpool } from '../../src/spool/lmdb/lmdb-spool.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { belfry, launcher, startDaemon } from './daemon.ts';
import { isDrained, notifierRows } from './notifier-rows.ts';
import { datagramOf } from './numbered-sender.ts';
import { clean } from './place.ts';
import { runSuccessfully } from './run-program.ts';
import { makeWorkspace } from './workspace.ts';

const waiting = isLong ? 131_000 : 65_500;
const dead = isLong ? 13_000 : 6500;
const batch = 3000;
/** 32 MiB are what the code and the bounded caches need; all entries as objects, at 300 bytes, would not fit into the rest. */
const heap = { NODE_OPTIONS: `--max-old-space-size=${isLong ? 64 : 48}` };
/** Resident, in all: two heaps, what is mapped of the spool, the code. */
const mostResident = 300 * 1024 * 1024;

/** A spool with nothing but work: `hook` has given up the first of it, the rest waits for both notifiers. */
async function fill(directory: string): Promise<void> {
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes: 2 ** 30, retentionMs: 86_400_000, now: Date.now, random: Math.random },
  });
  for (const name of ['hook', 'drain', 'unusable']) await spool.consumer(name);
  for (let first = 0; first < dead + waiting; first += batch) {
    await spool.append(
      Array.from(
        { length: batch },
        (_, i) => ({ format: 'datagram', bytes: datagramOf(i % 50, first + i + 1, 0) }) as const,
      ),
    );
  }
  for (let cursor = 0; cursor < dead; ) {
    const entries = await spool.read(cursor, 500);
    cursor = entries.at(-1)?.position ?? dead;
    const letters = entries.map((entry) => ({ entry, lane: 'x', at: Date.now(), reason: 'refused', attempts: [] }));
    await spool.commit('hook', { cursor, addDead: letters });
  }
  await spool.close();
}

test('the daemon and every command work on a backlog that is larger than their heap', async () => {
  const directory = await makeWorkspace(onTestFinished);
  const configurationFile = join(directory, 'belfry.conf');
  const lines = [
    ...[`configdirectory: ${directory}`, `notifysocket: ${join(directory, 'notify')}`, 'notifiers: hook drain'],
    ...['spool_max_size: 1G', 'shutdown_grace: 2s', 'drain_method: null'],
    // Nobody listens there.
    ...['hook_method: webhook', 'hook_webhook_url: http://127.0.0.1:9/', 'hook_retry_schedule: 1h'],
  ];
  await writeFile(configurationFile, `${lines.join('\n')}\n`);
  await fill(join(directory, 'spool'));

  const ask = async (...words: readonly string[]): Promise<readonly object[]> => {
    const { status, stdout, stderr } = await belfry([...words, '--json', '-C', configurationFile], {
      env: heap,
      deadlineMs: 600_000,
    });
    // A drop says on standard error how many it is about.
    const said = words.includes('drop') ? stderr.replace(/^belfry: dropping \d+ notifications\n/, '') : stderr;
    expect({ words, status, said }).toEqual({ words, status: 0, said: '' });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): object => JSON.parse(line));
  };
  const rowOf = async <R extends NotifierRow | AuditRow>(name: string, ...words: readonly string[]): Promise<R> => {
    const row = ((await ask(...words)) as readonly R[]).find(({ notifier }) => notifier === name);
    if (row === undefined) throw new Error(`no row of ${name}`);
    return row;
  };
  const statusOf = (name: string): Promise<NotifierRow> => rowOf(name, 'queue');
  /** How many lines a command prints, and what it ends with when its reader wants only the first. */
  const linesOf = async (words: string, filter = 'cat'): Promise<number> => {
    const script = `"$NODE" "$BELFRY" ${words} --json -C "$FILE" | ${filter} | wc -l`;
    const env = { ...heap, NODE: process.execPath, BELFRY: launcher, FILE: configurationFile };
    const { stdout } = await runSuccessfully('bash', ['-o', 'pipefail', '-c', script], { env, deadlineMs: 600_000 });
    return Number(stdout);
  };

  // On the directory alone.
  expect(await linesOf('queue list -n hook')).toBe(waiting);
  expect(await linesOf('dead list')).toBe(dead);
  expect(await rowOf('hook', 'queue', '--audit')).toMatchObject({ waiting, dead, difference: 0, faults: [] });

  const daemon = await startDaemon(['serve', '-C', configurationFile], onTestFinished, { env: heap });
  const drained = async (delivered: number): Promise<void> => {
    let seen = '';
    await until(
      `${delivered} to be delivered`,
      async () => {
        // Asked without a command, because it is asked until the answer is the right one.
        const row = (await notifierRows(join(directory, 'control'))).get('drain');
        seen = JSON.stringify(row);
        return row?.delivered === delivered && isDrained(row);
      },
      { deadlineMs: 600_000, seen: () => seen },
    );
  };
  await drained(dead + waiting);
  expect(await linesOf('queue list -n hook')).toBe(waiting);
  expect(await linesOf('queue list', 'head -n 3')).toBe(3);
  expect(await linesOf('dead list -n hook')).toBe(dead);
  expect(await ask('replay', '-n', 'drain', '--since', '1d')).toEqual([{ changed: dead + waiting, inProgress: 0 }]);
  await drained(2 * (dead + waiting));
  expect(await ask('dead', 'retry', '-n', 'hook')).toEqual([{ changed: dead, inProgress: 0 }]);
  expect((await statusOf('hook')).dead).toBe(0);
  expect(await rowOf('hook', 'queue', '--audit')).toMatchObject({
    received: dead + waiting,
    difference: 0,
    faults: [],
  });
  await ask('queue', 'drop', '-n', 'hook', '--all');
  const { waiting: left, deferred, dropped, delivered } = await statusOf('hook');
  expect(delivered).toBe(0);
  expect(left + deferred + dropped).toBe(dead + waiting);
  expect(left + deferred).toBeLessThan(10);
  const { highest } = await daemon.memory();
  process.stdout.write(`  ${waiting + dead} entries, resident at most ${Math.round(highest / 2 ** 20)} MiB\n\n`);
  expect(highest).toBeLessThan(mostResident);
  expect(await daemon.stop()).toEqual(clean);
});
