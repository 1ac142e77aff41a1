/** Makes a directory and those that it is in. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../base/error.ts';

/**
 * Throws what the operating system throws. Not mkdir's own way to make all of them: where the system answers ENOENT to a
 * directory that is there, as below /proc, that one goes on for ever.
 */
export function makeDirectories(path: string, mode: number): void {
  const missing: string[] = [];
  for (let directory = resolve(path); !isThere(directory); directory = dirname(directory)) missing.push(directory);
  for (const directory of missing.toReversed()) {
    try {
      mkdirSync(directory, mode);
    } catch (thrown) {
      // Another process may have been faster.
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    }
  }
  // What is there may be something else.
  if (!statSync(path).isDirectory()) mkdirSync(path, mode);
}

function isThere(path: string): boolean {
  return dirname(path) === path || statSync(path, { throwIfNoEntry: false }) !== undefined;
}
