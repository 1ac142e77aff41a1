import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileLock, lockFile } from '../../src/os/file-lock.ts';
import { scratchDirectory, startChild } from './scratch.ts';

const directory = scratchDirectory();
let count = 0;
const newPath = (): string => join(directory, `lock-${++count}`);

function taken(path: string): FileLock {
  const lock = lockFile(path);
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  return lock;
}

describe('the lock on a file', () => {
  it('is had by one at a time, also within a process', () => {
    const path = newPath();
    const lock = taken(path);
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({ code: 'SPOOL_LOCKED', message: expect.stringContaining(`process ${process.pid}`) }),
    );
    lock.release();
    lock.release();
    taken(path).release();
  });

  it('keeps other processes out, tells them who has it, and ends with a process that is killed', async () => {
    const path = newPath();
    const holder = startChild('file-lock.main.ts', [path]);
    expect(await holder.line()).toBe('locked');
    const held = `process ${holder.process.pid}`;
    expect(() => lockFile(path)).toThrow(expect.objectContaining({ message: expect.stringContaining(held) }));
    const second = startChild('file-lock.main.ts', [path]);
    expect(await second.line()).toContain(held);
    expect(await second.ended).toBe(0);
    holder.process.kill('SIGKILL');
    expect(await holder.ended).toBe('SIGKILL');
    taken(path).release();
  });

  it('replaces what an earlier holder has left in the file', () => {
    const path = newPath();
    writeFileSync(path, '123456789 and more');
    taken(path).release();
  });

  it('does not repeat what is no process id', () => {
    const path = newPath();
    const lock = taken(path);
    writeFileSync(path, '\u001b[31m rm -rf');
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('another process') }),
    );
    lock.release();
  });

  it('says why the file cannot be used', () => {
    const path = newPath();
    mkdirSync(path);
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({ code: 'SPOOL_OPEN', message: expect.stringContaining(path) }),
    );
  });
});
