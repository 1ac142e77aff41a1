/** A file of lines through rotation, removal, full disks and slow pipes: no line is torn, none that was taken is lost. */
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppendFile, cutBack } from '../../../src/notifier/log/append-file.ts';
import { makeFifo } from '../make-fifo.ts';

let directory: string;
let path: string;
let file: AppendFile | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-append-'));
  path = join(directory, 'events.log');
});
afterEach(async () => {
  await file?.close();
  file = undefined;
  rmSync(directory, { recursive: true });
});

async function openFile(): Promise<AppendFile> {
  file = await AppendFile.open(path);
  return file;
}
function content(): string {
  return readFileSync(path, 'utf8');
}

it('makes the file with mode 0640 and appends', async () => {
  const sink = await openFile();
  expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
  await sink.write('one\n');
  await sink.write('two\nthree\n');
  expect(content()).toBe('one\ntwo\nthree\n');
});

it('appends to what is there, and starts a new line after a torn one', async () => {
  writeFileSync(path, 'whole\nhalf a li');
  const sink = await openFile();
  await sink.write('next\n');
  await sink.write('last\n');
  expect(content()).toBe('whole\nhalf a li\nnext\nlast\n');
});

it('goes on in a new file when the old one was renamed', async () => {
  const sink = await openFile();
  await sink.write('one\n');
  renameSync(path, `${path}.1`);
  await sink.write('two\n');
  expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\n');
  expect(content()).toBe('two\n');
});

it('goes on in the file that took its place', async () => {
  const sink = await openFile();
  await sink.write('one\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'made by logrotate\n');
  await sink.write('two\n');
  expect(content()).toBe('made by logrotate\ntwo\n');
});

it('makes the file again when it was removed', async () => {
  const sink = await openFile();
  await sink.write('one\n');
  rmSync(path);
  await sink.write('two\n');
  expect(content()).toBe('two\n');
});

it('goes on at the beginning of a file that was emptied (copytruncate)', async () => {
  const sink = await openFile();
  await sink.write('one\n');
  writeFileSync(path, '');
  await sink.write('two\n');
  expect(content()).toBe('two\n');
});

it('follows a symbolic link to its new target', async () => {
  symlinkSync(join(directory, 'monday'), path);
  const sink = await openFile();
  await sink.write('one\n');
  rmSync(path);
  symlinkSync(join(directory, 'tuesday'), path);
  await sink.write('two\n');
  expect(readFileSync(join(directory, 'monday'), 'utf8')).toBe('one\n');
  expect(readFileSync(join(directory, 'tuesday'), 'utf8')).toBe('two\n');
});

it('does not write into a removed file when no new one can be made, and goes on once it can', async () => {
  const inner = join(directory, 'inner');
  mkdirSync(inner);
  path = join(inner, 'events.log');
  const sink = await openFile();
  rmSync(inner, { recursive: true });
  await expect(sink.write('one\n')).rejects.toThrow('ENOENT');
  mkdirSync(inner);
  await sink.write('two\n');
  expect(content()).toBe('two\n');
});

it('keeps the order of writes that were not waited for', async () => {
  const sink = await openFile();
  const lines = Array.from({ length: 100 }, (_, index) => `${index}\n`);
  await Promise.all(lines.map((line) => sink.write(line)));
  expect(content()).toBe(lines.join(''));
});

it('shares the file with other writers', async () => {
  const sink = await openFile();
  const other = await AppendFile.open(path);
  try {
    await sink.write('one\n');
    await other.write('two\n');
    appendFileSync(path, 'three\n');
    await sink.write('four\n');
  } finally {
    await other.close();
  }
  expect(content()).toBe('one\ntwo\nthree\nfour\n');
});

it('tells that the disk is full', async () => {
  path = '/dev/full';
  const sink = await openFile();
  await expect(sink.write('one\n')).rejects.toThrow('ENOSPC');
});

it('cuts off what a failed write left, so that every line is whole and taken', async () => {
  // A limit on the size of files stops a write in its middle, as a full disk does; it takes no root to set one.
  const main = join(import.meta.dirname, 'append-file.main.ts');
  const script = 'ulimit -f 20 && exec "$0" --import tsx "$1" "$2"';
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script, process.execPath, main, path]);
  const endings = stdout.trim().split('\n');
  const taken = endings.filter((line) => line.endsWith(' taken')).map((line) => line.split(' ')[0]);
  expect(endings).toHaveLength(20);
  expect(new Set(endings.map((line) => line.split(' ')[1]))).toEqual(new Set(['taken', 'EFBIG']));
  const written = content();
  expect(written.endsWith('\n')).toBe(true);
  expect([
    ...new Set(
      written
        .trim()
        .split('\n')
        .map((line) => line.split('.')[0]),
    ),
  ]).toEqual(taken);
  expect(written.split('\n')).toHaveLength(taken.length * 10 + 1);
});

it('cuts nothing off when another writer has appended meanwhile', async () => {
  writeFileSync(path, 'whole\nhalf a li');
  const handle = await open(path, 'a');
  try {
    appendFileSync(path, 'of another\n');
    expect(await cutBack(handle, 6, 9)).toBe(false);
    expect(content()).toBe('whole\nhalf a liof another\n');
    expect(await cutBack(handle, 6, 20)).toBe(true);
    expect(content()).toBe('whole\n');
  } finally {
    await handle.close();
  }
});

it('keeps one descriptor through many rotations', async () => {
  const sink = await openFile();
  const before = readdirSync('/proc/self/fd').length;
  for (let day = 0; day < 10; day += 1) {
    renameSync(path, `${path}.${day}`);
    await sink.write('one\n');
  }
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

it('waits for the reader of a full pipe, and starts a new line for the next reader when it has gone', async () => {
  makeFifo(path);
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const sink = await openFile();
  const lines = 'a line of a pipe\n'.repeat(20_000);
  const torn = sink.write(lines);
  await expect.poll(() => readUpTo(first, 1000).length).toBeGreaterThan(0);
  closeSync(first);
  await expect(torn).rejects.toThrow('EPIPE');
  const second = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const whole = sink.write(lines).then(() => 'taken');
    let got = '';
    const read = (): string => {
      got += readUpTo(second, 64 * 1024);
      return got.slice(-lines.length - 1);
    };
    await expect.poll(read, { interval: 1 }).toBe(`\n${lines}`);
    expect(await whole).toBe('taken');
  } finally {
    closeSync(second);
  }
});

it('does not write what was called off while it waited for a reader that stands still', async () => {
  makeFifo(path);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const sink = await openFile();
    const first = 'a line of a pipe\n'.repeat(20_000);
    const begun = sink.write(first);
    const calledOff = new AbortController();
    const waiting = sink.write('called off\n', calledOff.signal);
    const wanted = sink.write('wanted\n', new AbortController().signal);
    calledOff.abort(new Error('nobody waits for it'));
    let got = '';
    const read = (): string => {
      got += readUpTo(reader, 64 * 1024);
      return got.slice(-30);
    };
    await expect.poll(read, { interval: 1 }).toMatch(/wanted\n$/);
    await expect(waiting).rejects.toThrow('nobody waits for it');
    await Promise.all([begun, wanted]);
    expect(got).toBe(`${first}wanted\n`);
  } finally {
    closeSync(reader);
  }
});

it('refuses to write after close, and closes twice', async () => {
  const before = readdirSync('/proc/self/fd').length;
  const sink = await openFile();
  const last = sink.write('one\n');
  await sink.close();
  await last;
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  await sink.close();
  await expect(sink.write('two\n')).rejects.toThrow('closed');
  expect(content()).toBe('one\n');
});

it('rejects a path that cannot be opened', async () => {
  path = directory;
  await expect(openFile()).rejects.toThrow('EISDIR');
  path = join(directory, 'absent', 'events.log');
  await expect(openFile()).rejects.toThrow('ENOENT');
});

it.skipIf(process.getuid?.() === 0)('rejects a file that may not be written (root has every permission)', async () => {
  writeFileSync(path, '');
  chmodSync(path, 0o440);
  await expect(openFile()).rejects.toThrow('EACCES');
});

function readUpTo(descriptor: number, length: number): string {
  const buffer = Buffer.alloc(length);
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer));
  } catch {
    return '';
  }
}
