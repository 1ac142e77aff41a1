import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { watchTerminal } from '../../src/os/terminal.ts';
import { until } from '../support/until.ts';
import { scratchDirectory } from './scratch.ts';

const directory = scratchDirectory();

describe('a terminal', () => {
  it('is gone when none is left of those that were there', () => {
    let terminals = new Set([1, 2]);
    const isGone = watchTerminal((descriptor) => terminals.has(descriptor));
    expect(isGone?.()).toBe(false);
    terminals = new Set([2]);
    expect(isGone?.()).toBe(false);
    terminals = new Set();
    expect(isGone?.()).toBe(true);
  });

  it('cannot be gone where there was none', () => {
    expect(watchTerminal(() => false)).toBeUndefined();
  });

  it('is gone by the time that SIGHUP says so', async () => {
    const report = join(directory, 'report');
    const program = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'terminal.main.ts'), report];
    // script(1) of util-linux has the other end of the terminal.
    const terminal = spawn('script', ['-qec', program.map((word) => `'${word}'`).join(' '), '/dev/null'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void terminal.kill('SIGKILL'));
    await once(terminal.stdout, 'data');
    terminal.kill('SIGKILL');
    await until(() => existsSync(report));
    expect(readFileSync(report, 'utf8')).toBe('gone: true');
  });
});
