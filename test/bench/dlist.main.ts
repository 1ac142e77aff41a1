/**
 * How long a client of the stream waits for its answer: `npm run bench`. Each request has a connection of its own and each
 * client sends its next one when it has the answer, as the processes of Cyrus do; in the first runs a receiver takes
 * everything, in the others it hangs while many notifications wait.
 */
import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { encodeNotify } from '../../src/decode/dlist/encode.ts';
import { startDaemon } from '../e2e/daemon.ts';
import { startReceiver } from '../e2e/receiver.ts';
import { printTable } from '../e2e/table.ts';
import { until } from '../e2e/until.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { measuring } from './measuring.ts';

const requests = 5_000;
const clientCounts = [1, 16, 64, 256];

const message = JSON.stringify({ event: 'FlagsSet', user: 'jane', flagNames: '\\Seen', filler: 'x'.repeat(400) });
const line = encodeNotify({
  ...{ method: '', class: 'TEST', priority: '', user: '', mailbox: '', options: [], message },
});

await measuring(async (defer) => {
  const hanging = await startReceiver('hang', defer);
  const rows = [
    ...(await measure(defer, 'takes everything', ['teller_method: null'])),
    ...(await measure(
      defer,
      'hangs',
      ['teller_method: webhook', `teller_webhook_url: ${hanging.url}`, 'teller_webhook_timeout: 5m'],
      hanging.begun,
    )),
  ];
  printTable(`${requests} requests of ${line.length} bytes over the stream, a connection for each`, [
    ['the receiver', 'clients', 'per second', 'answer p50 (us)', 'p99', 'p99.9', 'longest', 'not OK'],
    ...rows,
  ]);
});

async function measure(
  defer: Defer,
  receiver: string,
  notifier: readonly string[],
  begun?: () => number,
): Promise<readonly (readonly (string | number)[])[]> {
  const home = await makeWorkspace(defer);
  const socket = join(home, 'notify');
  const file = join(home, 'belfry.conf');
  const lines = [`configdirectory: ${home}`, `notifysocket: dlist:${socket}`, 'event_groups: flags'];
  await writeFile(file, `${[...lines, 'shutdown_grace: 1s', 'notifiers: teller', ...notifier].join('\n')}\n`);
  const daemon = await startDaemon(['serve', '-C', file], defer);
  await load(socket, 64, 1000);
  if (begun !== undefined) await until('the receiver to hang', () => begun() > 0);
  const rows = [];
  for (const clients of clientCounts) {
    const { perSecond, waitsUs, refused } = await load(socket, clients, requests);
    const at = (share: number): number => Math.round(waitsUs[Math.ceil(waitsUs.length * share) - 1] ?? Number.NaN);
    rows.push([receiver, clients, Math.round(perSecond), at(0.5), at(0.99), at(0.999), at(1), refused]);
  }
  await daemon.stop();
  return rows;
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
