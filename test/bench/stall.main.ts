/**
 * Whether clients of HTTP hold up the mail server: how long its sendto(2) sleeps while 8 of them send bodies of 4 MB as fast
 * as they are answered, beside how long it sleeps without them: `npm run bench`. The runs alternate.
 */
import { compileSender, type SendReport } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { makeWorkspace } from '../e2e/workspace.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { startHttpClients } from './http-clients.ts';
import { isShort, measuringWithSender } from './measuring.ts';
import { median, processorMs, serve, unfinished } from './served.ts';

const perSecond = 1000;
const { rounds, requests } = isShort ? { rounds: 1, requests: 1000 } : { rounds: 5, requests: 4000 };

interface Run extends SendReport {
  /** Events in the requests over HTTP that were answered meanwhile. */
  readonly overHttp: number;
  /** Processor time of the daemon, until everything was dispatched. */
  readonly usedMs: number;
}

await measuringWithSender('stall', async (defer) => {
  const sender = await compileSender(await makeWorkspace(defer));
  const { port } = await freePorts(['port']);
  const lines = ['notifiers: none', 'none_method: null', `http_listen: 127.0.0.1:${port}`, 'spool_retention: 0'];
  const { socket, home, daemon } = await serve(() => lines, defer);
  const runs: Record<'without' | 'with', Run[]> = { without: [], with: [] };
  await sender.send(socket, requests, perSecond);
  for (let round = 0; round < rounds; round += 1) {
    for (const beside of ['without', 'with'] as const) {
      const before = await processorMs(daemon);
      const clients = beside === 'with' ? startHttpClients(`http://127.0.0.1:${port}/v1/events`, defer) : undefined;
      if (clients !== undefined) await until('the clients to be answered', () => clients.events() > 0);
      const report = await sender.send(socket, requests, perSecond);
      const overHttp = (await clients?.stop()) ?? 0;
      // Nothing of it is left for the next run.
      await until('everything to be dispatched', async () => (await unfinished(home, 'none')) === 0);
      runs[beside].push({ ...report, overHttp, usedMs: (await processorMs(daemon)) - before });
    }
  }
  const sum = (all: readonly Run[], field: 'errors' | 'overHttp' | 'usedMs' | 'n'): number =>
    all.reduce((total, run) => total + run[field], 0);
  const eachUs = (all: readonly Run[]): number =>
    Math.round((sum(all, 'usedMs') * 1000) / (sum(all, 'n') + sum(all, 'overHttp')));
  const p99 = (all: readonly Run[]): number => median(all.map(({ p99us }) => p99us));
  printTable(`sendto(2) of ${requests} requests at ${perSecond} a second, medians of ${rounds} alternating runs`, [
    ['beside it', 'sleeps p50 (us)', 'p99', 'p99.9', 'longest', 'failed', 'processor (us an event)'],
    ...Object.entries(runs).map(([name, all]) => [
      name === 'with' ? `8 clients with bodies of 4 MB (${sum(all, 'overHttp')} events taken)` : 'nothing',
      ...(['p50us', 'p99us', 'p999us', 'maxUs'] as const).map((field) => median(all.map((run) => run[field]))),
      sum(all, 'errors'),
      eachUs(all),
    ]),
  ]);
  process.stdout.write(`p99 with them / without: ${(p99(runs.with) / p99(runs.without)).toFixed(2)}\n`);
  // How long the longest sleep was depends on what else the machine does; whether the sender kept its rate does not.
  const rate = (all: readonly Run[]): number => median(all.map((run) => run.perSecond));
  return { 'rate with / without': rate(runs.with) / rate(runs.without) };
});
