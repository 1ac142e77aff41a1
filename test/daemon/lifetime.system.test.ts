import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';

const directory = scratchDirectory();

it('ends a daemon whose stop hangs', () => {
  const parameters = ['--import', 'tsx', join(import.meta.dirname, 'lifetime.main.ts'), directory];
  const { signal, stdout, stderr } = spawnSync(process.execPath, parameters, {
    encoding: 'utf8',
    timeout: 50_000,
    killSignal: 'SIGQUIT',
  });
  expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
  expect(stdout).toContain('SIGKILL');
});
