/** Clients that keep an intake over HTTP busy with bodies of 4 MB, in a process of their own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Defer } from '../e2e/workspace.ts';

const bodyBytes = 4 * 1024 * 1024 - 4096;

export interface HttpClients {
  /** How many events of theirs were answered with 202 so far. */
  events(): number;
  /** Ends them; answers the same. */
  stop(): Promise<number>;
}

/** Starts eight of them; how many events of theirs were answered with 202 so far, and the same when they are ended. */
export function startHttpClients(url: string, defer: Defer): HttpClients {
  const file = join(import.meta.dirname, 'http-clients.main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', file, url, '8', String(bodyBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let events = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [status, count] = line.split(' ');
    if (status === '202') events += Number(count);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = async (): Promise<number> => {
    child.kill('SIGKILL');
    await ended;
    return events;
  };
  defer(async () => {
    await stop();
  });
  return { events: () => events, stop };
}
