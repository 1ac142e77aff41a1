/** The program as it is installed, built from the sources, for tests that run it as a process. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isBuilt } from '../support/built.ts';
import { root } from './blocks.ts';

/** Makes of `directory` what a clone is after `npm ci`; returns the path of the launcher in it. */
export function installProgram(directory: string): string {
  for (const name of ['bin', 'config', 'package.json'])
    cpSync(join(root, name), join(directory, name), { recursive: true });
  mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((one) => !one.startsWith('.'))) {
    symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name));
  }
  // What npx runs. npx itself, which may ask the network, is a matter of the end-to-end run in a fresh clone.
  symlinkSync('../../bin/belfry', join(directory, 'node_modules/.bin/belfry'));
  if (isBuilt) cpSync(join(root, 'dist'), join(directory, 'dist'), { recursive: true });
  else {
    const compiler = join(root, 'node_modules/.bin/tsc');
    const words = ['-p', 'tsconfig.build.json', '--outDir', join(directory, 'dist')];
    const built = spawnSync(compiler, words, { cwd: root, encoding: 'utf8' });
    expect(built.stdout).toBe('');
  }
  return join(directory, 'bin/belfry');
}
