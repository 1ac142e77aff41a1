import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Blocks a job of the pool with each of its arguments; goes on only when more jobs can be in the pool at a time than Node's default of four. */
const program = `
import { openSync, promises } from 'node:fs';
const fifos = process.argv.slice(2);
const readers = fifos.map((fifo) => promises.open(fifo));
await promises.stat('/');
for (const fifo of fifos) openSync(fifo, 'r+');
for (const reader of await Promise.all(readers)) await reader.close();
console.log('free', process.env.UV_THREADPOOL_SIZE);
`;

/** Hides /proc in a mount namespace of its own, and then becomes the program that it is given. */
const hidden = ['-m', '/bin/sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
const canHide = spawnSync('/usr/bin/unshare', [...hidden, 'true']).status === 0;

describe('bin/belfry', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bf-'));
  const installed = join(directory, 'node_modules/belfry');
  const fifos = Array.from({ length: 6 }, (_, index) => join(directory, `fifo${index}`));
  const { UV_THREADPOOL_SIZE: _, ...environment } = process.env;

  beforeAll(() => {
    mkdirSync(join(installed, 'dist/cli'), { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{ "type": "module" }');
    cpSync(join(import.meta.dirname, '../../bin'), join(installed, 'bin'), { recursive: true });
    mkdirSync(join(directory, 'node_modules/.bin'));
    symlinkSync('../belfry/bin/belfry', join(directory, 'node_modules/.bin/belfry'));
    execFileSync('/bin/sh', ['-c', 'exec mkfifo "$@"', 'sh', ...fifos]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function run(env: NodeJS.ProcessEnv): { status: number | null; stdout: string; stderr: string } {
    const link = join(directory, 'node_modules/.bin/belfry');
    const { status, stdout, stderr } = spawnSync(link, fifos, {
      env: { ...environment, ...env },
      encoding: 'utf8',
      timeout: 50_000,
      killSignal: 'SIGKILL',
    });
    return { status, stdout, stderr };
  }

  it('says what to do when there is nothing built', () => {
    rmSync(join(installed, 'dist/cli/main.js'), { force: true });
    const main = join(installed, 'dist/cli/main.js');
    expect(run({})).toEqual({ status: 70, stdout: '', stderr: `belfry: ${main} is missing; run: npm run build\n` });
  });

  it('runs the program through the link that npm makes, with eight threads in the pool', () => {
    writeFileSync(join(installed, 'dist/cli/main.js'), program);
    expect(run({})).toEqual({ status: 0, stdout: 'free 8\n', stderr: '' });
  });

  it('names the threads that were there before any of the program, of which one helps the engine', () => {
    const script = `
import { readdirSync } from 'node:fs';
const before = process.env.BELFRY_ENGINE_THREADS.split(' ');
const now = readdirSync('/proc/self/task');
console.log(process.execArgv.join(' '), before.includes(String(process.pid)), before.every((thread) => now.includes(thread)));
`;
    writeFileSync(join(installed, 'dist/cli/main.js'), script);
    expect(run({})).toEqual({ status: 0, stdout: '--v8-pool-size=1 true true\n', stderr: '' });
  });

  it.skipIf(!canHide)('starts where there is no /proc (skipped where no mount can be made)', () => {
    writeFileSync(join(installed, 'dist/cli/main.js'), "console.log('started', process.env.BELFRY_ENGINE_THREADS);");
    const link = join(directory, 'node_modules/.bin/belfry');
    const { status, stdout, stderr } = spawnSync('/usr/bin/unshare', [...hidden, link], {
      env: environment,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'started undefined\n', stderr: '' });
  });

  it('opens no debugger for SIGUSR1, and goes on after it and SIGUSR2', () => {
    const signalled = `
import { url } from 'node:inspector';
for (const signal of ['SIGUSR1', 'SIGUSR2']) process.kill(process.pid, signal);
// By time: that none has begun shows only when it would have.
// Node starts its debugger in a thread, which says where it listens when it does.
setTimeout(() => console.log('debugger', url()), 300);
`;
    writeFileSync(join(installed, 'dist/cli/main.js'), signalled);
    expect(run({})).toEqual({ status: 0, stdout: 'debugger undefined\n', stderr: '' });
  });

  it('leaves a size of the pool that somebody has set', () => {
    writeFileSync(join(installed, 'dist/cli/main.js'), program);
    expect(run({ UV_THREADPOOL_SIZE: '12' })).toEqual({ status: 0, stdout: 'free 12\n', stderr: '' });
  });
});
