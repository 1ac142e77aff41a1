/**
 * What it costs a daemon to be watched: its processor time for an event while metrics are scraped each second, one
 * `belfry tail` runs and one page is open, beside the same without, alternately in one run. The ratio is the median of the
 * pairs. `npm run bench -- watching`; WATCHING_ROUNDS says how many pairs (9), WATCHING_RATE how many events a second (1000).
 */
import { type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileSender, flagsSet, type Sender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { processorUs } from './cost/used.ts';
import { startCountingReceiver } from './counting-receiver.ts';
import { isShort, measuringWithSender, type Ratios } from './measuring.ts';
import { type Served, serve, unfinished } from './served.ts';

const rounds = Number(process.env['WATCHING_ROUNDS'] ?? (isShort ? 3 : 9));
const perSecond = Number(process.env['WATCHING_RATE'] ?? 1000);
const seconds = isShort ? 3 : 6;
const token = 'a-token-for-the-benchmark';
const notifiers = ['audit', 'hook'];

interface Places {
  readonly admin: string;
  readonly metrics: string;
  readonly control: string;
}

/** Watches as `belfry tail`, Prometheus and the page do; answers what ends it, and how much has come. */
function watch({ admin, metrics, control }: Places): () => { readonly scrapes: number; readonly bytes: number } {
  const seen = { scrapes: 0, bytes: 0 };
  const open = new Set<ClientRequest>();
  const take = (outgoing: ClientRequest): void => {
    open.add(outgoing);
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode !== 200) throw new Error(`the daemon answered ${incoming.statusCode}`);
      incoming.on('data', (chunk: Buffer) => {
        seen.bytes += chunk.length;
      });
    });
    outgoing.on('error', () => {}).on('close', () => open.delete(outgoing));
    outgoing.end();
  };
  const headers = { authorization: `Bearer ${token}` };
  const get = (path: string): void => take(request(`${admin}${path}`, { headers }));
  take(request({ socketPath: control, path: '/api/events/live' }));
  get('/api/events/live');
  let turns = 0;
  const turn = (): void => {
    take(request(`${metrics}/metrics`));
    seen.scrapes++;
    // As the page does.
    if (turns % 2 === 0) get('/api/status');
    if (turns++ % 5 === 0) for (const path of ['/api/history', '/api/dead/groups']) get(path);
  };
  turn();
  const timer = setInterval(turn, 1000);
  return () => {
    clearInterval(timer);
    for (const outgoing of open) outgoing.destroy();
    return seen;
  };
}

async function phase({ daemon, home, socket }: Served, sender: Sender): Promise<number> {
  const count = perSecond * seconds;
  const before = await processorUs(daemon);
  await sender.send(socket, count, perSecond);
  await until('all to be finished', async () => {
    const left = await Promise.all(notifiers.map((notifier) => unfinished(home, notifier)));
    return left.every((one) => one === 0);
  });
  return ((await processorUs(daemon)) - before) / count;
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

async function measure(defer: Defer): Promise<Ratios> {
  const receiver = await startCountingReceiver(defer);
  const { ADMIN, METRICS } = await freePorts(['ADMIN', 'METRICS']);
  const served = await serve(
    (home) => [
      ...['notifiers: audit hook', 'audit_method: log', `audit_log_file: ${home}/events.log`],
      ...['hook_method: webhook', `hook_webhook_url: ${receiver.url}`, `admin_token: ${token}`],
      ...[`admin_listen: 127.0.0.1:${ADMIN}`, `metrics_listen: 127.0.0.1:${METRICS}`],
    ],
    defer,
  );
  const places = {
    admin: `http://127.0.0.1:${ADMIN}`,
    metrics: `http://127.0.0.1:${METRICS}`,
    control: `${served.home}/control`,
  };
  const sender = await compileSender(await makeWorkspace(defer), 0, await flagsSet());
  // What is loaded with the first call is loaded, and what runs often is compiled.
  const ended = watch(places);
  await phase(served, sender);
  ended();
  await phase(served, sender);
  const pairs: (readonly [number, number, number, number])[] = [];
  for (let round = 0; round < rounds; round++) {
    const without = await phase(served, sender);
    const end = watch(places);
    await sleep(100);
    const watched = await phase(served, sender);
    const { scrapes, bytes } = end();
    await sleep(500);
    pairs.push([without, watched, scrapes, bytes]);
  }
  const ratio = median(pairs.map(([without, watched]) => watched / without));
  printTable(
    `${perSecond} events a second into a log and a webhook, with and without watchers (us of processor time each)`,
    [
      ['round', 'without', 'watched', 'ratio', 'scrapes', 'bytes to watchers'],
      ...pairs.map(([without, watched, scrapes, bytes], i) => [
        ...[i + 1, Math.round(without), Math.round(watched), (watched / without).toFixed(2), scrapes, bytes],
      ]),
      ['median', '', '', ratio.toFixed(3), '', ''],
    ],
  );
  return { 'without / watched': 1 / ratio };
}

await measuringWithSender('watching', measure);
