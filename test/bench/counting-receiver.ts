/** A webhook receiver that costs the measuring process nothing. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Defer } from '../e2e/workspace.ts';

export interface CountingReceiver {
  readonly url: string;
  /** Requests that have come in full. */
  count(): Promise<number>;
  /** The body of the last one. */
  last(): Promise<string>;
}

export async function startCountingReceiver(defer: Defer): Promise<CountingReceiver> {
  const file = join(import.meta.dirname, 'counting-receiver.main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the counting receiver has ended');
    return line.value;
  };
  defer(async () => {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  const port = await next();
  return {
    url: `http://127.0.0.1:${port}/events`,
    count: () => {
      child.stdin.write('count\n');
      return next().then(Number);
    },
    last: async () => {
      child.stdin.write('last\n');
      return JSON.parse(await next());
    },
  };
}
