/**
 * How long a sender over HTTP waits for its 202, which says that the event is on disk: `npm run bench`. Beside it a server
 * that keeps nothing, which is the limit of the machine and of the client. While every receiver hangs, it may not take
 * longer. The runs alternate, so that all see the same machine.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import { startLocalServer, textOf } from '../e2e/local-server.ts';
import { startReceiver } from '../e2e/receiver.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { isShort, measuring, type Ratios } from './measuring.ts';
import { processorMs, share } from './served.ts';

const rounds = isShort ? 2 : 3;
/** Of the paced run: less than the machine can do, so that what is measured is the answer and not a queue before it. */
const perSecond = 500;
const { pacedRequests, fullSpeedRequests } = isShort
  ? { pacedRequests: 100, fullSpeedRequests: 600 }
  : { pacedRequests: 1500, fullSpeedRequests: 6000 };
const connections = 32;
const path = '/v1/events';

interface Server {
  readonly origin: string;
  readonly socketPath?: string;
  /** Undefined for the server that stands in this process, with the client. */
  readonly daemon?: Daemon;
}

const [bareName, idleName, hangingName] = [
  'a server that keeps nothing',
  'belfry, idle',
  'belfry, every receiver hanging',
] as const;

interface Report {
  readonly perSecond: number;
  /** Milliseconds that each answer took. */
  readonly times: readonly number[];
  readonly failed: number;
  /** Processor time of the daemon for a request, in microseconds. */
  readonly processorUs: number;
}

await measuring('http', measure);

async function measure(defer: Defer): Promise<Ratios> {
  const bare = await startLocalServer((request, response) => {
    textOf(request).then(
      () => response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1}\n'),
      () => response.destroy(),
    );
  }, defer);
  const hanging = await startReceiver('hang', defer);
  const servers = new Map<string, Server>([[bareName, { origin: new URL(bare.url).origin }]]);
  const notifiers: Readonly<Record<string, readonly string[]>> = {
    [idleName]: ['teller_method: null'],
    [hangingName]: ['teller_method: webhook', `teller_webhook_url: ${hanging.url}`],
  };
  for (const [name, lines] of Object.entries(notifiers)) {
    const home = await makeWorkspace(defer);
    const socketPath = join(home, 'http');
    const file = join(home, 'belfry.conf');
    const common = [`configdirectory: ${home}`, `notifysocket: ${join(home, 'notify')}`, `http_listen: ${socketPath}`];
    await writeFile(file, `${[...common, 'event_groups: flags', 'notifiers: teller', ...lines].join('\n')}\n`);
    const daemon = await startDaemon(['serve', '-C', file], defer);
    servers.set(name, { origin: 'http://belfry', socketPath, daemon });
  }
  const paced = new Map<string, Report[]>();
  const full = new Map<string, Report[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, server] of servers) {
      paced.set(name, [...(paced.get(name) ?? []), await send(server, pacedRequests, perSecond)]);
      full.set(name, [...(full.get(name) ?? []), await send(server, fullSpeedRequests)]);
    }
  }
  print(`one event in a request, ${perSecond} requests a second on ${connections} connections`, paced);
  print(`one event in a request, ${connections} senders that each wait for their answers`, full);
  const rate = (name: string): number => rateOf(full.get(name) ?? []);
  return {
    'idle / keeps nothing': rate(idleName) / rate(bareName),
    'hanging / idle': rate(hangingName) / rate(idleName),
  };
}

function rateOf(all: readonly Report[]): number {
  return all.reduce((sum, report) => sum + report.perSecond, 0) / all.length;
}

function print(title: string, reports: ReadonlyMap<string, readonly Report[]>): void {
  printTable(`${title}, ${rounds} alternating runs`, [
    [
      'receiver',
      'per second',
      'ratio',
      'processor (us each)',
      'waits for its 202 p50 (ms)',
      'p99',
      'longest',
      'failed',
    ],
    ...[...reports].map(([name, all]) => {
      const times = all.flatMap((report) => report.times).sort((a, b) => a - b);
      const at = (share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2);
      const failed = all.reduce((sum, report) => sum + report.failed, 0);
      const cost = all.reduce((sum, report) => sum + report.processorUs, 0) / all.length;
      return [
        ...[name, Math.round(rateOf(all)), share(rateOf(all), rateOf(reports.get(bareName) ?? []))],
        ...[Number.isNaN(cost) ? '(with the client)' : Math.round(cost), at(0.5), at(0.99)],
        ...[(times.at(-1) ?? Number.NaN).toFixed(2), failed],
      ];
    }),
  ]);
}

/** At the rate, whether answers come or not; without one, each connection as fast as it is answered. */
async function send({ origin, socketPath, daemon }: Server, count: number, rate?: number): Promise<Report> {
  const pool = new Pool(origin, { connections, ...(socketPath === undefined ? {} : { socketPath }) });
  const times: number[] = [];
  let failed = 0;
  async function one(number: number): Promise<void> {
    const user = `user${number % 100}`;
    const uri = `imap://imap.example.org/user/${user};UIDVALIDITY=1795242541/;UID=${number + 1}`;
    const body = JSON.stringify({ event: 'MessageRead', uri, uidset: String(number + 1), user, messages: 100 });
    const headers = { 'content-type': 'application/json' };
    const sentAt = performance.now();
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 202) failed += 1;
      times.push(performance.now() - sentAt);
    } catch {
      failed += 1;
    }
  }
  const usedMs = async (): Promise<number> => (daemon === undefined ? Number.NaN : processorMs(daemon));
  const [begunAt, usedBefore] = [performance.now(), await usedMs()];
  if (rate === undefined) {
    let number = 0;
    const sender = async (): Promise<void> => {
      while (number < count) await one(number++);
    };
    await Promise.all(Array.from({ length: connections }, sender));
  } else {
    const sent: Promise<void>[] = [];
    for (let number = 0; number < count; number += 1) {
      const earlyMs = begunAt + (1000 * number) / rate - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      sent.push(one(number));
    }
    await Promise.all(sent);
  }
  const seconds = (performance.now() - begunAt) / 1000;
  const processorUs = (((await usedMs()) - usedBefore) * 1000) / count;
  await pool.close();
  return { perSecond: count / seconds, times, failed, processorUs };
}
