/**
 * What a backlog costs: the rate of the intake, how long sendto(2) sleeps, memory, and the time to start, with nothing
 * waiting and with a great many waiting for a receiver that hangs; and how fast what was taken is delivered. Ratios are
 * to a sink in C and to a bare loop of undici in the same run. `npm run bench`; BACKLOG=1000000 makes the long run.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import { type Receiver, startReceiver } from '../e2e/receiver.ts';
import { compileSender, type Sender, type SendReport, senderIsMissing } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { until } from '../e2e/until.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';

const backlog = Number(process.env['BACKLOG'] ?? 200_000);
const delivered = 50_000;
const posts = 20_000;

const undo: (() => void | Promise<void>)[] = [];
const defer: Defer = (step) => {
  undo.push(step);
};
interface Served {
  readonly daemon: Daemon;
  readonly home: string;
  readonly socket: string;
  readonly file: string;
}

async function serve(lines: (home: string) => readonly string[]): Promise<Served> {
  const home = await makeWorkspace(defer);
  const [socket, file] = [join(home, 'notify'), join(home, 'belfry.conf')];
  const common = [`configdirectory: ${home}`, `notifysocket: ${socket}`, 'event_groups: flags', 'spool_max_size: 4G'];
  await writeFile(file, `${[...common, 'shutdown_grace: 1s', ...lines(home)].join('\n')}\n`);
  return { daemon: await startDaemon(['serve', '-C', file], defer), home, socket, file };
}

async function measure(): Promise<void> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const limit = await sinkRate(sender, directory);
  await measureBacklog(sender, limit);
  await measureDelivery(sender, limit);
}

async function sinkRate(sender: Sender, directory: string): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const sink = join(directory, `sink-${round}`);
    await sender.sink(sink, 100_000, defer);
    rates.push((await sender.send(sink, 100_000)).perSecond);
  }
  return rates.sort((a, b) => a - b)[1] ?? Number.NaN;
}

const share = (rate: number, of: number): string => (rate / of).toFixed(2);
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** What of the resident set is the process's own, and not the file of the log in the cache of the kernel. */
async function anonymousBytes({ pid }: Daemon): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function measureBacklog(sender: Sender, limit: number): Promise<void> {
  const hanging = await startReceiver('hang', defer);
  const { daemon, socket, file } = await serve(() => [
    'notifiers: stuck',
    'stuck_method: webhook',
    `stuck_webhook_url: ${hanging.url}`,
    'stuck_webhook_timeout: 10m',
  ]);
  const rows: (string | number)[][] = [];
  const row = async (waiting: number, what: string, report: SendReport | undefined): Promise<void> => {
    const rate = report === undefined ? ['', ''] : [report.perSecond, share(report.perSecond, limit)];
    const slept = report === undefined ? ['', '', ''] : [report.p50us, report.p99us, report.p999us];
    const { now } = await daemon.memory();
    rows.push([waiting, what, ...rate, ...slept, megabytes(now), megabytes(await anonymousBytes(daemon))]);
  };
  await row(0, 'at rest', undefined);
  const step = 50_000;
  for (let waiting = 0; waiting < backlog; waiting += step) {
    const report = await sender.send(socket, step);
    if (waiting === 0 || waiting + step >= backlog || waiting + step === 100_000)
      await row(waiting + step, 'at full speed', report);
  }
  await row(backlog + 20_000, 'at 10,000 a second', await sender.send(socket, 20_000, 10_000));
  await daemon.stop();
  const begun = performance.now();
  await startDaemon(['serve', '-C', file], defer);
  const startMs = Math.round(performance.now() - begun);
  printTable(`Intake while a receiver hangs (the sink takes ${Math.round(limit)} a second)`, [
    ['waiting', 'sent', 'per second', 'of the sink', 'sendto p50 (us)', 'p99', 'p99.9', 'RSS (MiB)', 'of it anonymous'],
    ...rows,
    [backlog + 20_000, `started again in ${startMs} ms, until its sockets were open`],
  ]);
}

async function measureDelivery(sender: Sender, limit: number): Promise<void> {
  const logged = await serve((home) => ['notifiers: audit', 'audit_method: log', `audit_log_file: ${home}/events.log`]);
  const toLog = await deliveryRate(logged, delivered, sender, async () => {
    const text = await readFile(join(logged.home, 'events.log'));
    return text.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
  });
  const receiver = await startReceiver('answer', defer);
  const hooked = await serve(() => [
    'notifiers: hook',
    'hook_method: webhook',
    `hook_webhook_url: ${receiver.url}`,
    'order: none',
    'concurrency: 32',
  ]);
  const toWebhook = await deliveryRate(hooked, posts, sender, () => receiver.requests.length);
  const bare = await barePosts(receiver, receiver.requests[0]?.body ?? '{}');
  printTable('Delivered, from the first sendto to the last delivery', [
    ['way', 'per second', 'beside', 'per second', 'ratio'],
    [`log, ${delivered} events`, Math.round(toLog), 'the sink', Math.round(limit), share(toLog, limit)],
    [
      `webhook, ${posts} events, 32 at a time`,
      Math.round(toWebhook),
      'bare undici',
      Math.round(bare),
      share(toWebhook, bare),
    ],
  ]);
}

async function deliveryRate(
  { socket }: Served,
  count: number,
  sender: Sender,
  arrived: () => number | Promise<number>,
): Promise<number> {
  const begun = performance.now();
  await sender.send(socket, count);
  await until(`${count} deliveries`, async () => (await arrived()) >= count, { deadlineMs: 300_000 });
  return (count * 1000) / (performance.now() - begun);
}

/** The same posts by undici alone, as many at a time. */
async function barePosts({ url, requests }: Receiver, body: string): Promise<number> {
  const agent = new Agent({ connections: 32 });
  const { origin, pathname: path } = new URL(url);
  const goal = requests.length + posts;
  const begun = performance.now();
  let left = posts;
  const loop = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await agent.request({
        origin,
        path,
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      await answer.body.dump();
    }
  };
  await Promise.all(Array.from({ length: 32 }, loop));
  const rate = (posts * 1000) / (performance.now() - begun);
  await until('the last post', () => requests.length >= goal);
  await agent.close();
  return rate;
}

try {
  const missing = await senderIsMissing();
  if (missing === undefined) await measure();
  else process.stdout.write(`The benchmark is skipped: ${missing}.\n`);
} finally {
  for (const step of undo.reverse()) await step();
}
