/** A directory for the sockets of one test file, child processes that tell line by line how they fare, and stale files. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { openDatagramSocket } from '../../src/os/unix-datagram.ts';

/** Removed when the tests of the file are over. Short, because names of sockets are. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bf-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Closes after each test what it has opened. */
export function closeAfterEach(): <T extends { close(): unknown }>(opened: T) => T {
  const opened: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  return (one) => {
    opened.push(one);
    return one;
  };
}

/** Leaves a socket's file behind, as a crash does. */
export function leaveStaleFile(path: string): void {
  const before = `${path}~`;
  const socket = openDatagramSocket({ path: before });
  // Closing removes the file only where the socket was bound.
  renameSync(before, path);
  socket.close();
}

export interface Child {
  readonly process: ChildProcess;
  /** The next line of its standard output; rejects when it ends without one. */
  line(): Promise<string>;
  /** Exit status, or the signal that ended it; the deadline's is SIGKILL. */
  readonly ended: Promise<number | string>;
}

/** Runs a TypeScript file of this folder as a process of its own; it is killed when it lasts unreasonably long. */
export function startChild(file: string, words: readonly string[], options: SpawnOptions = {}): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, file), ...words], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 50_000,
    killSignal: 'SIGKILL',
    ...options,
  });
  const lines: string[] = [];
  const waiting: { resolve(line: string): void; reject(reason: Error): void }[] = [];
  let rest = '';
  let over = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next.resolve(line);
    }
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      for (const next of waiting.splice(0)) next.reject(new Error(`${file} ended: ${code ?? signal}`));
      resolve(code ?? signal ?? 'unknown');
    });
  });
  return {
    process: child,
    ended,
    line() {
      const ready = lines.shift();
      if (ready !== undefined) return Promise.resolve(ready);
      if (over) return Promise.reject(new Error(`${file} has ended`));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
  };
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}
