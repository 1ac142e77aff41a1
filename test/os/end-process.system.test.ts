import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFifo } from '../notifier/make-fifo.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();

/** How it ended; by SIGKILL, from us, when it did not. */
function ended(...words: readonly string[]) {
  const program = join(import.meta.dirname, 'end-process.main.ts');
  const parameters = ['--import', 'tsx', program, ...words];
  const { status, signal } = spawnSync(process.execPath, parameters, { timeout: 25_000, killSignal: 'SIGKILL' });
  return { status, signal };
}

it('ends a process with status 0', () => {
  expect(ended()).toEqual({ status: 0, signal: null });
});

it('ends a process of which a thread hangs in the system, for which exit would wait', () => {
  const pipe = join(directory, 'pipe');
  makeFifo(pipe);
  expect(ended(pipe)).toEqual({ status: null, signal: 'SIGTERM' });
});
