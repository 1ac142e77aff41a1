/**
 * How fast the daemon takes requests off its socket, beside a sink in C that throws them away: `npm run bench`. The sink
 * is the limit of the machine, since the sender opens a socket for every request. The runs alternate, so that both see
 * the same machine.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDaemon } from '../e2e/daemon.ts';
import { compileSender, type SendReport } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { measuringWithSender } from './measuring.ts';

const rounds = 5;
const requests = 100_000;

/** What the notifier does with what it is told. */
const notifiers: Readonly<Record<string, (directory: string) => readonly string[]>> = {
  null: () => ['teller_method: null'],
  log: (directory) => ['teller_method: log', `teller_log_file: ${join(directory, 'events.log')}`],
};

await measuringWithSender(measure);

async function measure(defer: Defer): Promise<void> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const reports = new Map<string, SendReport[]>();
  const note = (receiver: string, report: SendReport): void => {
    reports.set(receiver, [...(reports.get(receiver) ?? []), report]);
  };
  const sockets = new Map<string, string>();
  for (const [name, options] of Object.entries(notifiers)) {
    const home = await makeWorkspace(defer);
    const socket = join(home, 'notify');
    const file = join(home, 'belfry.conf');
    // Large enough that nothing is refused: a refusal is cheaper than keeping.
    const lines = [`configdirectory: ${home}`, `notifysocket: ${socket}`, 'event_groups: flags', 'spool_max_size: 1G'];
    await writeFile(file, `${[...lines, 'notifiers: teller', ...options(home)].join('\n')}\n`);
    await startDaemon(['serve', '-C', file], defer);
    sockets.set(`belfry, ${name}`, socket);
  }
  for (let round = 0; round < rounds; round += 1) {
    const sink = join(directory, `sink-${round}`);
    await sender.sink(sink, requests, defer);
    note('sink', await sender.send(sink, requests));
    for (const [name, socket] of sockets) note(name, await sender.send(socket, requests));
  }
  const limit = middle(reports.get('sink') ?? [], 'perSecond');
  printTable(`${requests} requests of some 490 bytes at full speed, median of ${rounds} alternating runs`, [
    ['receiver', 'per second', 'of the sink', 'sender waits p50 (us)', 'p99', 'longest', 'failed'],
    ...[...reports].map(([name, all]) => [
      name,
      middle(all, 'perSecond'),
      `${Math.round((100 * middle(all, 'perSecond')) / limit)} %`,
      middle(all, 'p50us'),
      middle(all, 'p99us'),
      Math.max(...all.map(({ maxUs }) => maxUs)),
      all.reduce((sum, { errors }) => sum + errors, 0),
    ]),
  ]);
}

function middle(reports: readonly SendReport[], field: 'perSecond' | 'p50us' | 'p99us'): number {
  const sorted = reports.map((report) => report[field]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
