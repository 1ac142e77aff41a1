/**
 * How fast the daemon takes requests off its socket, beside a sink in C that throws them away: `npm run bench`. The sink
 * is the limit of the machine, since the sender opens a socket for every request. The runs alternate, so that all see
 * the same machine, and each begins when the one before it is finished.
 */
import { join } from 'node:path';
import { compileSender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { isShort, measuringWithSender, type Ratios } from './measuring.ts';
import { type Measured, median, sendAndFinish, sendToSink, serve, share } from './served.ts';

const { rounds, requests } = isShort ? { rounds: 3, requests: 20_000 } : { rounds: 5, requests: 100_000 };

/** What the notifier does with what it is told. */
const notifiers: Readonly<Record<string, (home: string) => readonly string[]>> = {
  null: () => ['teller_method: null'],
  log: (home) => ['teller_method: log', `teller_log_file: ${join(home, 'events.log')}`],
};

await measuringWithSender('intake', measure);

async function measure(defer: Defer): Promise<Ratios> {
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const runs = new Map<string, () => Promise<Measured>>();
  runs.set('the sink', () => sendToSink(sender, directory, defer, requests));
  for (const [name, options] of Object.entries(notifiers)) {
    const served = await serve((home) => ['notifiers: teller', ...options(home)], defer);
    runs.set(name, () => sendAndFinish(served, 'teller', sender, requests));
  }
  const reports = new Map<string, Measured[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of runs) reports.set(name, [...(reports.get(name) ?? []), await run()]);
  }
  const middle = (name: string, field: 'perSecond' | 'receiverUs' | 'p50us' | 'p99us'): number =>
    Math.round(median((reports.get(name) ?? []).map((report) => report[field])));
  const limit = middle('the sink', 'perSecond');
  printTable(`${requests} requests of some 490 bytes at full speed, medians of ${rounds} alternating runs`, [
    ['receiver', 'per second', 'ratio', 'processor (us each)', 'sendto sleeps p50 (us)', 'p99', 'longest', 'failed'],
    ...[...reports].map(([name, all]) => [
      name === 'the sink' ? name : `belfry, ${name}`,
      middle(name, 'perSecond'),
      share(middle(name, 'perSecond'), limit),
      middle(name, 'receiverUs'),
      middle(name, 'p50us'),
      middle(name, 'p99us'),
      Math.max(...all.map(({ maxUs }) => maxUs)),
      all.reduce((sum, { errors }) => sum + errors, 0),
    ]),
  ]);
  const ratio = (name: string): number => middle(name, 'perSecond') / limit;
  return { 'null / sink': ratio('null'), 'log / sink': ratio('log') };
}
