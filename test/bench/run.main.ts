/**
 * Runs the benchmarks, each in a process of its own and one after the other: `npm run bench`, or some of them by their
 * names: `npm run bench -- intake http`. One that fails does not keep the others from running.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { printTable } from '../e2e/table.ts';
import { benchmarks, isShort, longBenchmarks } from './measuring.ts';

/** Resolves with whether it has succeeded. */
function run(name: string): Promise<boolean> {
  const file = join(import.meta.dirname, `${name}.main.ts`);
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0));
  });
}

const wanted = process.argv.slice(2);
const all = isShort ? benchmarks : [...benchmarks, ...longBenchmarks];
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${all.join(', ')}.\n`);
  process.exit(64);
}
const rows: (readonly [string, string, string])[] = [];
for (const name of wanted.length === 0 ? all : wanted) {
  const begun = performance.now();
  const succeeded = await run(name);
  rows.push([name, ((performance.now() - begun) / 1000).toFixed(0), succeeded ? '' : 'FAILED']);
  if (!succeeded) process.exitCode = 1;
}
printTable('Benchmarks', [['name', 'seconds', ''], ...rows]);
