/**
 * How long a client of the stream waits for its answer: `npm run bench`. Each request has a connection of its own and each
 * client sends its next one when it has the answer, as the processes of Cyrus do. First to a server that answers and keeps
 * nothing, then to a daemon whose receiver takes everything, then to one whose receiver hangs.
 */
import { writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { encodeNotify } from '../../src/decode/dlist/encode.ts';
import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import { startReceiver } from '../e2e/receiver.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';
import { isShort, measuring } from './measuring.ts';
import { processorMs, share } from './served.ts';

const requests = isShort ? 600 : 5000;
const clientCounts = isShort ? [1, 16] : [1, 16, 64, 256];

const message = JSON.stringify({ event: 'FlagsSet', user: 'jane', flagNames: '\\Seen', filler: 'x'.repeat(400) });
const line = encodeNotify({
  ...{ method: '', class: 'TEST', priority: '', user: '', mailbox: '', options: [], message },
});

interface Result {
  readonly clients: number;
  readonly perSecond: number;
  /** Processor time of the daemon for a request, in microseconds. */
  readonly processorUs: number;
  /** What each waited for its answer, the shortest first. */
  readonly waitsUs: readonly number[];
  readonly refused: number;
}

await measuring('dlist', async (defer) => {
  const hanging = await startReceiver('hang', defer);
  const hook = ['teller_method: webhook', `teller_webhook_url: ${hanging.url}`, 'teller_attempt_timeout: 5m'];
  const bare = await measure(await startBare(defer));
  const takes = await measured(defer, ['teller_method: null'], async () => {});
  const hangs = await measured(defer, hook, async () => {
    await until('the receiver to hang', () => hanging.begun() > 0);
  });
  const rows = (name: string, results: readonly Result[]) =>
    results.map(({ clients, perSecond, processorUs, waitsUs, refused }, i) => {
      const at = (part: number): number => Math.round(waitsUs[Math.ceil(waitsUs.length * part) - 1] ?? Number.NaN);
      return [
        ...[name, clients, Math.round(perSecond), share(perSecond, bare[i]?.perSecond ?? Number.NaN)],
        Number.isNaN(processorUs) ? '(with the client)' : Math.round(processorUs),
        ...[at(0.5), at(0.99), at(0.999), at(1), refused],
      ];
    });
  printTable(`${requests} requests of ${line.length} bytes over the stream, a connection for each`, [
    [
      ...['the server', 'clients', 'per second', 'ratio', 'processor (us each)'],
      ...['answer p50 (us)', 'p99', 'p99.9', 'longest', 'not OK'],
    ],
    ...rows('keeps nothing', bare),
    ...rows('belfry, its receiver takes everything', takes),
    ...rows('belfry, its receiver hangs', hangs),
  ]);
  const rate = (results: readonly Result[]): number => results[1]?.perSecond ?? Number.NaN;
  return { 'takes / keeps nothing': rate(takes) / rate(bare), 'hangs / takes': rate(hangs) / rate(takes) };
});

/** The path of a server in this process that answers what ends with a line, as belfry does, and keeps nothing. */
async function startBare(defer: Defer): Promise<string> {
  const path = join(await makeWorkspace(defer), 'bare');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.at(-1) === 0x0a) socket.end('OK %(ID 01ARZ3NDEKTSV4RRFFQ69G5FAV)\r\n');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  defer(() => {
    server.close();
  });
  return path;
}

/** Measures a daemon with this notifier, once `begun` says that its receiver is in the state that is meant. */
async function measured(
  defer: Defer,
  notifier: readonly string[],
  begun: () => Promise<void>,
): Promise<readonly Result[]> {
  const home = await makeWorkspace(defer);
  const socket = join(home, 'notify');
  const file = join(home, 'belfry.conf');
  const lines = [`configdirectory: ${home}`, `notifysocket: dlist:${socket}`, 'event_groups: flags'];
  await writeFile(file, `${[...lines, 'shutdown_grace: 1s', 'notifiers: teller', ...notifier].join('\n')}\n`);
  const daemon = await startDaemon(['serve', '-C', file], defer);
  await load(socket, 64, requests / 5);
  await begun();
  const results = await measure(socket, daemon);
  await daemon.stop();
  return results;
}

async function measure(path: string, daemon?: Daemon): Promise<readonly Result[]> {
  const usedMs = async (): Promise<number> => (daemon === undefined ? Number.NaN : processorMs(daemon));
  const results: Result[] = [];
  for (const clients of clientCounts) {
    const before = await usedMs();
    const loaded = await load(path, clients, requests);
    results.push({ ...loaded, clients, processorUs: (((await usedMs()) - before) * 1000) / requests });
  }
  return results;
}

/** So many clients at a time, until so many requests are answered; the waits are sorted. */
async function load(socket: string, clients: number, count: number) {
  const waitsUs: number[] = [];
  let left = count;
  let refused = 0;
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const begin = performance.now();
      if (!(await tell(socket))) refused += 1;
      waitsUs.push((performance.now() - begin) * 1000);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = count / ((performance.now() - start) / 1000);
  return { perSecond, waitsUs: waitsUs.sort((a, b) => a - b), refused };
}

/** Sends one request, from the connection to the answer; whether that is OK. */
function tell(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(answer.toString().startsWith('OK '));
    });
    socket.on('error', () => resolve(false));
    socket.on('end', () => resolve(false));
    socket.write(line);
  });
}
