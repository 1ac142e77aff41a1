/** What a program is started with, whichever method starts it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../src/notifier/program/run-program.ts';
import { unmarkedDescriptor } from '../../support/unmarked-descriptor.ts';

it('gives a program the descriptors 0, 1 and 2 and no other, whatever this process has open', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const list = join(directory, 'list');
  for (const atLeast of [3, 40, 900]) unmarkedDescriptor(onTestFinished, atLeast);
  // 3 is the one by which ls(1) reads the directory.
  const argv = ['/bin/sh', '-c', `exec ls /proc/self/fd > ${list}`] as const;
  const run = { argv, environment: { PATH: '/usr/bin:/bin' }, input: '' };
  expect(await runProgram(run, new AbortController().signal, new Set())).toEqual({
    how: 'exited',
    status: 0,
    stderr: '',
  });
  expect(readFileSync(list, 'latin1').trim().split('\n')).toEqual(['0', '1', '2', '3']);
});

it('lets a program give way to the daemon, before it has its input', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'nice');
  const argv = ['/bin/sh', '-c', `read line; exec nice > ${file}`] as const;
  await runProgram(
    { argv, environment: { PATH: '/usr/bin:/bin' }, input: 'go on\n' },
    new AbortController().signal,
    new Set(),
  );
  expect(Number(readFileSync(file, 'latin1'))).toBe(Math.max(10, getPriority()));
});
