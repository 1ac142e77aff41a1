import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readText } from '../../src/config/read-text.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-config-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function written(content: string | Uint8Array): string {
  const path = join(directory, 'file.conf');
  writeFileSync(path, content);
  return path;
}

it('reads UTF-8, and ISO 8859-1 where that is what it must be', () => {
  expect(readText(written('postmaster: Jürgen 🔔\n'))).toBe('postmaster: Jürgen 🔔\n');
  expect(readText(written(Buffer.from('# Jürgen\n', 'latin1')))).toBe('# Jürgen\n');
  expect(readText(written(''))).toBe('');
});

it('refuses what is longer than a configuration, even without an end', () => {
  expect(readText(written('x'.repeat(1024 * 1024)))).toHaveLength(1024 * 1024);
  expect(() => readText(written('x'.repeat(1024 * 1024 + 1)))).toThrow(/1 MiB/);
  expect(() => readText('/dev/zero')).toThrow(/1 MiB/);
});

it('reads a pipe that the process was given to its end', () => {
  const module = join(import.meta.dirname, '../../src/config/read-text.ts');
  const code = `import { readText } from ${JSON.stringify(module)}; process.stdout.write(readText('/dev/stdin'))`;
  const words = ['-c', 'echo "a: b" | "$0" --import tsx --input-type=module -e "$1"', process.execPath, code];
  expect(execFileSync('sh', words, { encoding: 'utf8' })).toBe('a: b\n');
});

it('refuses a named pipe, which would hold the daemon until somebody writes to it', () => {
  const pipe = join(directory, 'pipe');
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe]);
  expect(() => readText(pipe)).toThrow(/named pipe/);
});

it('throws what the operating system says', () => {
  expect(() => readText(join(directory, 'gone'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => readText(directory)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
});
