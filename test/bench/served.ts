/** A daemon that is to be measured, and what its process has used so far. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Daemon, startDaemon } from '../e2e/daemon.ts';
import type { Sender } from '../e2e/sender.ts';
import { type Defer, makeWorkspace } from '../e2e/workspace.ts';

export interface Served {
  readonly daemon: Daemon;
  readonly home: string;
  readonly socket: string;
  /** The file of its configuration. */
  readonly file: string;
}

/** Starts a daemon that keeps whatever it is sent; `lines` are those of its notifiers. */
export async function serve(lines: (home: string) => readonly string[], defer: Defer): Promise<Served> {
  const home = await makeWorkspace(defer);
  const [socket, file] = [join(home, 'notify'), join(home, 'belfry.conf')];
  await configure(home, lines(home));
  return { daemon: await startDaemon(['serve', '-C', file], defer), home, socket, file };
}

export async function configure(home: string, lines: readonly string[]): Promise<void> {
  const common = [`configdirectory: ${home}`, `notifysocket: ${join(home, 'notify')}`, 'event_groups: flags'];
  const size = lines.some((line) => line.startsWith('spool_max_size:')) ? [] : ['spool_max_size: 4G'];
  const large = [...size, 'shutdown_grace: 1s'];
  await writeFile(join(home, 'belfry.conf'), `${[...common, ...large, ...lines].join('\n')}\n`);
}

/** How many requests a second the sink takes: the limit of the machine. The median of three runs. */
export async function sinkRate(sender: Sender, directory: string, defer: Defer): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const sink = join(directory, `sink-${rates.length}-${performance.now()}`);
    await sender.sink(sink, 100_000, defer);
    rates.push((await sender.send(sink, 100_000)).perSecond);
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
