import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDaemonLog } from '../../src/log/daemon-log.ts';
import { jsonForm } from '../../src/log/line-form.ts';
import { LineQueue } from '../../src/log/line-queue.ts';
import { rateLimited } from '../../src/log/rate-limited.ts';
import { until } from '../support/until.ts';

let directory: string;
let file: string;
let descriptor: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-log-'));
  file = join(directory, 'log');
  descriptor = openSync(file, 'a');
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(directory, { recursive: true });
});

const notExpected = (): never => {
  throw new Error('no line should have been dropped');
};

describe('lines on their way to a descriptor', () => {
  it('arrive whole and in order, whether somebody waits for them or not', async () => {
    const queue = new LineQueue(descriptor, jsonForm, notExpected);
    let expected = '';
    for (let i = 0; i < 500; i++) {
      const line = `${i} ${'x'.repeat(i)}\n`;
      expected += line;
      if (i % 3 === 0) queue.put(line);
      else void queue.write(line);
    }
    await queue.drain();
    expect(readFileSync(file, 'utf8')).toBe(expected);
  });

  it('are refused to who waits for them when the descriptor fails, and life goes on', async () => {
    const readOnly = openSync(file, 'r');
    const queue = new LineQueue(readOnly, jsonForm, notExpected);
    await expect(queue.write('line\n')).rejects.toMatchObject({ code: 'EBADF' });
    queue.put('line\n');
    await queue.drain();
    closeSync(readOnly);
  });

  it('are dropped when the reader stands still, in bounded memory, and it gets to know how many when it goes on', async () => {
    // It reads nothing before it is sent SIGCONT.
    const reader = spawn('sh', ['-c', 'kill -STOP $$; exec grep -c x'], { stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => void reader.kill('SIGKILL'));
    await until('the reader to stand still', () => / T /.test(readFileSync(`/proc/${reader.pid}/stat`, 'utf8')));
    let counted = '';
    reader.stdout.setEncoding('utf8').on('data', (text: string) => {
      counted += text;
    });
    const pipe = (reader.stdin as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
    const dropped = await new Promise<number>((resolve) => {
      const queue = new LineQueue(pipe, jsonForm, resolve);
      const line = `${'x'.repeat(65_535)}\n`;
      for (let i = 0; i < 200; i++) queue.put(line);
      reader.kill('SIGCONT');
    });
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(200);
    reader.stdin.end();
    await until('the reader to have counted', () => counted !== '');
    expect(Number(counted)).toBe(200 - dropped);
  });

  it('are not written when they are called off before their turn', async () => {
    const queue = new LineQueue(descriptor, jsonForm, notExpected);
    const calledOff = new AbortController();
    const waiting = queue.write('called off\n', calledOff.signal);
    const wanted = queue.write('wanted\n', new AbortController().signal);
    calledOff.abort();
    await expect(waiting).rejects.toThrow('called off');
    await wanted;
    expect(readFileSync(file, 'utf8')).toBe('wanted\n');
  });

  it('can be written at once at the end of the process', () => {
    const queue = new LineQueue(descriptor, jsonForm, notExpected);
    queue.put('first\n');
    queue.put('last\n');
    queue.write('called off\n', AbortSignal.abort()).catch(() => {});
    queue.flushSync();
    expect(readFileSync(file, 'utf8')).toContain('last\n');
    expect(readFileSync(file, 'utf8')).not.toContain('called off\n');
  });
});

describe('the log of the daemon', () => {
  it('is lines of JSON with a readable level and time', async () => {
    const log = openDaemonLog('info', descriptor);
    log.log.info({ notifier: 'audit', reason: 'because' }, 'told');
    log.log.debug('not shown');
    await log.drain();
    const [line, ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'info', notifier: 'audit', reason: 'because', msg: 'told' });
    expect(Date.parse(JSON.parse(line ?? '').time)).not.toBeNaN();
  });
});

describe('a limited log', () => {
  it('lets the first lines of a period through and counts the others', () => {
    let time = 0;
    const limit = rateLimited({ lines: 2, periodMs: 1000, now: () => time });
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) limit((suppressed) => seen.push(suppressed));
    time = 1000;
    limit((suppressed) => seen.push(suppressed));
    expect(seen).toEqual([0, 0, 3]);
  });
});
