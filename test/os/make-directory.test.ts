import { chmodSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDirectories } from '../../src/os/make-directory.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();

it('makes what is missing, and leaves what is there', () => {
  const path = join(directory, 'a/b/c');
  makeDirectories(path, 0o700);
  expect(statSync(join(directory, 'a/b')).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o750);
  makeDirectories(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o750);
  symlinkSync(path, join(directory, 'link'));
  makeDirectories(join(directory, 'link/d'), 0o700);
  expect(statSync(join(path, 'd')).isDirectory()).toBe(true);
});

it('fails at once where nothing can be made, as below /proc', () => {
  expect(() => makeDirectories('/proc/x/y', 0o700)).toThrow(/ENOENT/);
  writeFileSync(join(directory, 'file'), '');
  expect(() => makeDirectories(join(directory, 'file'), 0o700)).toThrow(/EEXIST/);
  expect(() => makeDirectories(join(directory, 'file/x'), 0o700)).toThrow(/ENOTDIR/);
});
