/** A daemon that is to be measured, and what its process has used so far. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askDaemon } from '../../src/admin/control-client.ts';
import type { AdminAnswer, AdminRequest } from '../../src/admin/protocol.ts';
import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import { notifierRows } from '../e2e/notifier-rows.ts';
import type { Sender, SendReport } from '../e2e/sender.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';

export interface Served {
  readonly daemon: Daemon;
  readonly home: string;
  readonly socket: string;
  /** The file of its configuration. */
  readonly file: string;
}

interface ServeOptions {
  /** Of another checkout. */
  readonly launcher?: string;
  /** Called with the directory of the daemon before that is started. */
  readonly prepare?: (home: string) => Promise<void>;
}

/** Starts a daemon that keeps whatever it is sent; `lines` are those of its notifiers. */
export async function serve(
  lines: (home: string) => readonly string[],
  defer: Defer,
  { launcher, prepare }: ServeOptions = {},
): Promise<Served> {
  const home = await makeWorkspace(defer);
  await prepare?.(home);
  const [socket, file] = [join(home, 'notify'), join(home, 'belfry.conf')];
  await configure(home, lines(home));
  const daemon = await startDaemon(['serve', '-C', file], defer, launcher === undefined ? {} : { launcher });
  return { daemon, home, socket, file };
}

export async function configure(home: string, lines: readonly string[]): Promise<void> {
  const common = [`configdirectory: ${home}`, `notifysocket: ${join(home, 'notify')}`, 'event_groups: flags'];
  const size = lines.some((line) => line.startsWith('spool_max_size:')) ? [] : ['spool_max_size: 4G'];
  const large = [...size, 'shutdown_grace: 1s'];
  await writeFile(join(home, 'belfry.conf'), `${[...common, ...large, ...lines].join('\n')}\n`);
}

/** Rows that the daemon answers over its control socket: a command for each look would be one more program that computes. */
export async function* ask(home: string, request: AdminRequest): AsyncGenerator<Row, void, void> {
  const answers = await askDaemon(join(home, 'control'), request);
  if (answers === undefined) throw new Error('the daemon does not answer');
  for await (const answer of answers) if ('row' in answer) yield answer.row;
}
type Row = Extract<AdminAnswer, { row: unknown }>['row'];

/** How many entries are not finished with `notifier`. */
export async function unfinished(home: string, notifier: string): Promise<number> {
  const row = (await notifierRows(join(home, 'control'))).get(notifier);
  if (row === undefined) throw new Error(`the notifier ${notifier} is not in the queue`);
  return row.waiting + row.deferred;
}

/** Sends so many, and waits until `notifier` has finished them; the processor time is that until then. */
export async function sendAndFinish(
  { daemon, home, socket }: Served,
  notifier: string,
  sender: Sender,
  count: number,
  perSecond = 0,
): Promise<Measured> {
  const before = await processorMs(daemon);
  const report = await sender.send(socket, count, perSecond);
  await until(`${count} entries to be finished`, async () => (await unfinished(home, notifier)) === 0);
  return { ...report, receiverUs: (((await processorMs(daemon)) - before) * 1000) / count };
}

/** A run of the sender, and what it has cost the other side. */
export interface Measured extends SendReport {
  /** Processor time of the receiver for a request, in microseconds. */
  readonly receiverUs: number;
}

let sinks = 0;

/** One run against the sink: the limit of the machine. */
export async function sendToSink(sender: Sender, directory: string, defer: Defer, count: number): Promise<Measured> {
  sinks += 1;
  const path = join(directory, `sink-${sinks}`);
  const sink = await sender.sink(path, count, defer);
  const report = await sender.send(path, count);
  return { ...report, receiverUs: await sink.processorUs() };
}

/** How many requests a second the sink takes. The median of three runs. */
export async function sinkRate(sender: Sender, directory: string, defer: Defer, count = 100_000): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    rates.push((await sendToSink(sender, directory, defer, count)).perSecond);
  }
  return median(rates);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const share = (rate: number, of: number): string => (rate / of).toFixed(2);
export const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/** What of the resident set is the process's own, and not a file in the cache of the kernel. */
export async function anonymousBytes({ pid }: Daemon): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Processor time of all threads in milliseconds; a hundredth of a second is the finest the kernel tells. */
export async function processorMs({ pid }: Daemon): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
