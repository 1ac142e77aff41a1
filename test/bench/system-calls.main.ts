/**
 * How many system calls an event costs when events come one at a time, and which: `npm run bench -- system-calls`. They are
 * counted by strace(1), which slows belfry down: only the numbers are true. RATE=1000 sends more than 100 a second.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../e2e/run-program.ts';
import { compileSender } from '../e2e/sender.ts';
import { printTable } from '../e2e/table.ts';
import { makeWorkspace } from '../e2e/workspace.ts';
import { until } from '../support/until.ts';
import { measuringWithSender } from './measuring.ts';
import { serve, unfinished } from './served.ts';

const rate = Number(process.env['RATE'] ?? 100);
const count = 10 * rate;
const shown = 14;

await measuringWithSender('system-calls', async (defer) => {
  const strace = await runProgram('strace', ['--version']).catch(() => undefined);
  if (strace?.status !== 0) {
    process.stdout.write('System calls are not counted: there is no strace; on Debian: apt-get install strace.\n');
    return {};
  }
  const directory = await makeWorkspace(defer);
  const sender = await compileSender(directory);
  const served = await serve(() => ['notifiers: none', 'none_method: null'], defer);
  const { daemon, socket, home } = served;
  await sender.send(socket, 2000, 1000);
  await until('all to be finished', async () => (await unfinished(home, 'none')) === 0);
  const idle = await counted(daemon.pid, join(directory, 'idle'), async () => {
    await new Promise((resolve) => setTimeout(resolve, 5000));
  });
  const busy = await counted(daemon.pid, join(directory, 'busy'), async () => {
    await sender.send(socket, count, rate);
  });
  // What it does without any event, for as long.
  const atRest = (name: string): number => ((idle.get(name) ?? 0) / 5000) * ((count / rate) * 1000);
  const calls = [...busy].sort(([, a], [, b]) => b - a);
  const each = (number: number): string => (number / count).toFixed(2);
  const total = calls.reduce((sum, [, number]) => sum + number, 0);
  const resting = calls.reduce((sum, [name]) => sum + atRest(name), 0);
  printTable(`System calls of belfry for an event, ${rate} a second`, [
    ['call', 'for an event', 'of it at rest, too'],
    ...calls.slice(0, shown).map(([name, number]) => [name, each(number), each(atRest(name))]),
    ['all', each(total), each(resting)],
  ]);
  return {};
});

/** How often each system call was made by all threads while `act` ran. */
async function counted(pid: number, file: string, act: () => Promise<void>): Promise<ReadonlyMap<string, number>> {
  const words = ['-c', '-f', '-U', 'name,calls', '-o', file, '-p', String(pid)];
  const strace = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(strace, 'close');
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until('strace to be attached', () => said.includes('attached'));
  await act();
  strace.kill('SIGINT');
  await ended;
  const table = await readFile(file, 'latin1');
  const rows = [...table.matchAll(/^(\w+) +(\d+)$/gm)].map(([, name = '', number]) => [name, Number(number)] as const);
  return new Map(rows.filter(([name]) => name !== 'total'));
}
