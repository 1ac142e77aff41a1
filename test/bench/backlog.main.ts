/**
 * What a backlog costs, from nothing to a million events that wait for a receiver that hangs: the rate of the intake, how
 * long sendto(2) sleeps, processor time for an event, memory, the time to start; and how fast another notifier then
 * works off all of it, at its beginning and at its end. `npm run bench`; BACKLOG=200000 makes a shorter run.
 */

import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import { startReceiver } from '../e2e/receiver.ts';
import { compileSender, type Sender, type SendReport } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';
import { isShort, measuringWithSender, type Ratios } from './measuring.ts';
import { anonymousBytes, configure, megabytes, processorMs, serve, share, sinkRate, unfinished } from './served.ts';

const backlog = Number(process.env['BACKLOG'] ?? (isShort ? 70_000 : 1_000_000));
const step = backlog / 10;
/** Of the run that is not at full speed. */
const paced = { count: isShort ? 2000 : 20_000, perSecond: 10_000 };

async function measure(defer: Defer): Promise<Ratios> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const limit = await sinkRate(sender, directory, defer, isShort ? 20_000 : 100_000);
  const hanging = await startReceiver('hang', defer);
  const stuck = [
    'notifiers: stuck',
    'stuck_method: webhook',
    `stuck_webhook_url: ${hanging.url}`,
    'stuck_attempt_timeout: 10m',
  ];
  const { daemon, socket, home, file } = await serve(() => stuck, defer);
  const filled = await fill(daemon, sender, socket, limit);
  await daemon.stop();

  const begun = performance.now();
  const again = await startDaemon(['serve', '-C', file], defer);
  const startMs = Math.round(performance.now() - begun);
  const { now } = await again.memory();
  await again.stop();
  await configure(home, [
    ...stuck.map((line) => line.replace('notifiers: stuck', 'notifiers: stuck quick')),
    'quick_method: null',
    'quick_from: beginning',
  ]);
  const worked = await workOff(home, file, defer);
  printTable(`With ${backlog + 2 * paced.count} waiting`, [
    ['what', 'figure'],
    ['started again, until its sockets were open', `${startMs} ms`],
    ['resident then', `${megabytes(now)} MiB`],
    [
      'a new notifier (null) works off the first tenth',
      `${worked.first} a second, ${worked.firstUs} us of processor each`,
    ],
    ['the last tenth', `${worked.last} a second, ${worked.lastUs} us of processor each`],
  ]);
  return {
    'taken at the end / sink': (filled.at(-1) ?? Number.NaN) / limit,
    'worked off at the end / at the beginning': worked.last / worked.first,
  };
}

/** Answers how many a second were taken at full speed, in each step. */
async function fill(daemon: Daemon, sender: Sender, socket: string, limit: number): Promise<readonly number[]> {
  const rows: (string | number)[][] = [];
  const rates: number[] = [];
  let waiting = 0;
  const memory = async (): Promise<readonly number[]> => [
    megabytes((await daemon.memory()).now),
    megabytes(await anonymousBytes(daemon)),
  ];
  const run = async (what: string, count: number, perSecond: number | undefined, isShown: boolean): Promise<void> => {
    const before = waiting;
    const used = await processorMs(daemon);
    const report: SendReport = await sender.send(socket, count, perSecond);
    const each = ((await processorMs(daemon)) - used) / count;
    waiting += count;
    if (perSecond === undefined) rates.push(report.perSecond);
    if (!isShown) return;
    const rate = [report.perSecond, share(report.perSecond, limit), Math.round(each * 1000)];
    rows.push([before, what, ...rate, report.p50us, report.p99us, report.p999us, ...(await memory())]);
  };
  rows.push([0, 'at rest', '', '', '', '', '', '', ...(await memory())]);
  await run('at 10,000 a second', paced.count, paced.perSecond, true);
  const shown = new Set([0, step, 4 * step, 5 * step, 9 * step]);
  for (let sent = 0; sent < backlog; sent += step) await run('at full speed', step, undefined, shown.has(sent));
  await run('at 10,000 a second', paced.count, paced.perSecond, true);
  printTable(`Intake while a receiver hangs and more and more wait (the sink takes ${Math.round(limit)} a second)`, [
    [
      ...['waiting before', 'sent', 'per second', 'ratio', 'processor (us each)'],
      ...['sendto p50 (us)', 'p99', 'p99.9', 'RSS after (MiB)', 'of it anonymous'],
    ],
    ...rows,
  ]);
  return rates;
}

interface WorkedOff {
  readonly first: number;
  readonly firstUs: number;
  readonly last: number;
  readonly lastUs: number;
}

/** How many entries a second the notifier `quick` passes, in the first and in the last tenth of all. */
async function workOff(home: string, file: string, defer: Defer): Promise<WorkedOff> {
  const daemon = await startDaemon(['serve', '-C', file], defer);
  interface Moment {
    readonly at: number;
    readonly left: number;
    readonly usedMs: number;
  }
  const moments: Moment[] = [];
  await until(
    'the whole backlog is worked off',
    async () => {
      const left = await unfinished(home, 'quick');
      moments.push({ at: performance.now(), left, usedMs: await processorMs(daemon) });
      return left === 0;
    },
    { deadlineMs: 600_000 },
  );
  await daemon.stop();
  const between = (from: Moment | undefined, to: Moment | undefined): { rate: number; us: number } => {
    if (from === undefined || to === undefined) return { rate: Number.NaN, us: Number.NaN };
    const count = from.left - to.left;
    return {
      rate: Math.round((count * 1000) / (to.at - from.at)),
      us: Math.round(((to.usedMs - from.usedMs) * 1000) / count),
    };
  };
  const all = moments[0]?.left ?? 0;
  const busy = moments.filter(({ left }) => left > 0);
  const first = between(
    busy[0],
    busy.find(({ left }) => left <= 0.9 * all),
  );
  const last = between(
    busy.find(({ left }) => left <= 0.2 * all),
    busy.at(-1),
  );
  return { first: first.rate, firstUs: first.us, last: last.rate, lastUs: last.us };
}

await measuringWithSender('backlog', measure);
