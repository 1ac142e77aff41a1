/**
 * Nothing of a backlog is lost or out of order, whenever the daemon dies that works it off: in runs, by lanes, and by turns in
 * both. A limit of the rate that is never reached makes a notifier go by lanes. What is delivered twice after a kill is what was
 * under way: one run, or what the lanes may have at once.
 *
 * CRASH_SEED repeats the choices of a run, CRASH_KILLS sets how many daemons must die: 100 of each by `npm run e2e:crash-runs`.
 */
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { openLmdbSpool } from '../../src/spool/lmdb/lmdb-spool.ts';
import { isLong } from '../support/long.ts';
import { until } from '../support/until.ts';
import { chanceOf } from './chance.ts';
import { type DeliveredInLife, expectLives, expectOrder } from './crash-account.ts';
import { audit, type Delivered } from './crash-place.ts';
import { startDaemon } from './daemon.ts';
import { wholeLinesOf } from './notification.ts';
import { isDrained, notifierRows } from './notifier-rows.ts';
import { datagramOf, keyOf } from './numbered-sender.ts';
import { clean } from './place.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

const kills = Number(process.env['CRASH_KILLS'] ?? (isLong ? 100 : 2));
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 2 ** 31);
const mailboxes = 8;
/** So many wait at least when a life begins, and so many are added when they do not. */
const backlog = { least: 4000, more: 8000 };
/** `window.ts`: what one run has; and what four calls of lanes have at the most. */
const mostInRun = 128;
const mostInLanes = 4 * 256;

type Way = 'runs' | 'lanes';

test.each<[string, readonly Way[]]>([
  ['in runs', ['runs']],
  ['by lanes', ['lanes']],
  ['by turns in both', ['runs', 'lanes']],
])('SIGKILL at any moment of a backlog that is delivered %s', async (_, ways) => {
  onTestFailed(() => void process.stdout.write(`CRASH_SEED=${seed}\n`));
  const chance = chanceOf(seed);
  const directory = await makeWorkspace(onTestFinished);
  const [spool, file, journal] = ['spool', 'belfry.conf', 'journal.log'].map((name) => join(directory, name));
  if (spool === undefined || file === undefined || journal === undefined) throw new Error('three names make three');
  const log: Delivered[] = [];
  const numbers = Array.from({ length: mailboxes }, () => 0);

  const add = async (): Promise<void> => {
    const options = { directory: spool, maxBytes: 2 ** 30, retentionMs: 0, now: Date.now, random: Math.random };
    const opened = await openLmdbSpool(options);
    for (let left = backlog.more; left > 0; left -= 500) {
      const keys = Array.from({ length: 500 }, () => {
        const box = chance.below(mailboxes);
        const number = (numbers[box] ?? 0) + 1;
        numbers[box] = number;
        return { key: `box${box}/${number}`, bytes: datagramOf(box, number, 0) };
      });
      const { idOf } = await opened.append(keys.map(({ bytes }) => ({ format: 'datagram', bytes })));
      for (const [i, { key }] of keys.entries()) log.push({ key, id: idOf(i) });
    }
    await opened.close();
  };
  const configure = (way: Way): Promise<void> =>
    writeFile(
      file,
      [
        ...[`configdirectory: ${directory}`, `spool_directory: ${spool}`, `notifysocket: ${join(directory, 'notify')}`],
        ...['notifiers: journal', 'journal_method: log', `journal_log_file: ${journal}`],
        ...['journal_from: beginning', 'retry_schedule: 1s'],
        ...(way === 'lanes' ? ['journal_rate_limit: 1000000/1s'] : []),
      ].join('\n'),
    );
  const size = async (): Promise<number> => (await stat(journal).catch(() => undefined))?.size ?? 0;
  const delivered = async (): Promise<readonly Delivered[]> =>
    (await wholeLinesOf(journal).catch(() => [])).map((line) => {
      const { id, payload }: { id: string; payload: unknown } = JSON.parse(line);
      return { id, key: keyOf(payload) };
    });

  await configure('runs');
  // Makes the spool know the notifier.
  expect(await (await startDaemon(['serve', '-C', file], onTestFinished)).stop()).toEqual(clean);
  const lives: { readonly way: Way; readonly until: number }[] = [];
  for (let life = 0; life < kills; life += 1) {
    const before = (await delivered()).length;
    if (log.length - new Set((await delivered()).map(({ key }) => key)).size < backlog.least) await add();
    // Each of them first, and then whichever chance takes.
    const way = ways[life] ?? chance.of(ways);
    await configure(way);
    const from = await size();
    const daemon = await startDaemon(['serve', '-C', file], onTestFinished, { unready: true });
    // A line has some 500 bytes.
    const grown = 500 * chance.below(backlog.least / 2);
    await until('enough to be written', async () => (await size()) > from + grown);
    daemon.send('SIGKILL');
    expect(await daemon.ended).toEqual({ status: null, signal: 'SIGKILL' });
    lives.push({ way, until: (await delivered()).length });
    expect(lives.at(-1)?.until).toBeGreaterThanOrEqual(before);
  }
  const last = await startDaemon(['serve', '-C', file], onTestFinished);
  await until('the backlog to be worked off', async () => {
    const row = (await notifierRows(join(directory, 'control'))).get('journal');
    return row !== undefined && isDrained(row);
  });
  expect(await last.stop()).toEqual(clean);

  const all = (await delivered()).map((one, index): DeliveredInLife => {
    const life = lives.findIndex(({ until: end }) => index < end);
    return { ...one, life: life < 0 ? lives.length : life };
  });
  expectOrder(log, all);
  const repeats = expectLives(log, all, mostInLanes);
  printTable(`SIGKILL of a backlog, ${ways.join(' and ')}, seed ${seed}`, [
    ['kills', 'entries', 'written', 'twice after a kill', 'most after one'],
    [lives.length, log.length, all.length, repeats.afterKill, repeats.mostAfterKill],
  ]);
  expect(repeats.withinLife).toBe(0);
  expect(repeats.mostAfterKill).toBeLessThanOrEqual(ways.includes('lanes') ? mostInLanes : mostInRun);
  const counts = { received: log.length, waiting: 0, deferred: 0, dropped: 0, difference: 0, faults: [], dead: 0 };
  expect((await audit(file)).get('journal')).toMatchObject({ ...counts, delivered: log.length });
});
