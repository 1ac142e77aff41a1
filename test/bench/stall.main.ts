/**
 * Whether clients of HTTP hold up the mail server: how long its sendto(2) sleeps while 8 of them send bodies of 4 MB as fast
 * as they are answered, beside how long it sleeps without them: `npm run bench`. The runs alternate.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileSender, type SendReport } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { until } from '../e2e/until.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { freePorts } from '../support/free-ports.ts';
import { measuringWithSender } from './measuring.ts';
import { median, serve } from './served.ts';

const rounds = 5;
const perSecond = 1000;
const requests = 4000;

await measuringWithSender(async (defer) => {
  const sender = await compileSender(await makeWorkspace(defer));
  const { port } = await freePorts(['port']);
  const lines = ['notifiers: none', 'none_method: null', `http_listen: 127.0.0.1:${port}`, 'spool_retention: 0'];
  const { socket } = await serve(() => lines, defer);
  const runs: Record<'without' | 'with', SendReport[]> = { without: [], with: [] };
  let answered = 0;
  await sender.send(socket, requests, perSecond);
  for (let round = 0; round < rounds; round += 1) {
    runs.without.push(await sender.send(socket, requests, perSecond));
    const clients = startClients(`http://127.0.0.1:${port}/v1/events`, defer);
    await until('the clients to be answered', () => clients.answered() > 2);
    runs.with.push(await sender.send(socket, requests, perSecond));
    answered += await clients.stop();
    // What they have left behind is dispatched before the next run.
    await sleep(2000);
  }
  const p99 = (all: readonly SendReport[]): number => median(all.map(({ p99us }) => p99us));
  printTable(`sendto(2) of ${requests} requests at ${perSecond} a second, medians of ${rounds} alternating runs`, [
    ['beside it', 'sleeps p50 (us)', 'p99', 'p99.9', 'longest', 'failed'],
    ...Object.entries(runs).map(([name, all]) => [
      name === 'with' ? `8 clients with bodies of 4 MB (${answered} were answered)` : 'nothing',
      ...(['p50us', 'p99us', 'p999us', 'maxUs'] as const).map((field) => median(all.map((run) => run[field]))),
      all.reduce((sum, { errors }) => sum + errors, 0),
    ]),
  ]);
  process.stdout.write(`p99 with them / without: ${(p99(runs.with) / p99(runs.without)).toFixed(2)}\n`);
});

function startClients(url: string, defer: Defer): { answered(): number; stop(): Promise<number> } {
  const file = join(import.meta.dirname, 'http-clients.main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', file, url, '8', String(4 * 1024 * 1024 - 4096)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answered = 0;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    answered += text.split('202\n').length - 1;
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = async (): Promise<number> => {
    child.kill('SIGKILL');
    await ended;
    return answered;
  };
  defer(async () => {
    await stop();
  });
  return { answered: () => answered, stop };
}
