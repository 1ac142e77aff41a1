/** What a program is started with and how its end is seen, whichever method starts it, by each way of starting one. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ending, runProgram } from '../../../src/notifier/program/run-program.ts';
import { startByPosixSpawn } from '../../../src/notifier/program/start-by-posix-spawn.ts';
import type { Program, Start } from '../../../src/notifier/program/started-program.ts';
import { canPosixSpawn } from '../../../src/os/posix-spawn.ts';
import { unmarkedDescriptor } from '../../support/unmarked-descriptor.ts';
import { ways } from './ways.ts';

/** Never aborts; one for each run, because Node warns of a signal that many listen to. */
const never = (): AbortSignal => new AbortController().signal;
const environment = { PATH: '/usr/bin:/bin' };
const succeeded = { how: 'exited', status: 0, stderr: '' };

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'belfry-run-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a shell script, with arguments. */
function shell(start: Start, script: string, words: readonly string[] = [], more: Partial<Program> = {}) {
  const argv = ['/bin/sh', '-c', script, 'sh', ...words] as const;
  return runProgram({ argv, environment, input: '', ...more }, never(), new Set(), start);
}

const children = (): readonly string[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);

it.runIf(canPosixSpawn)('takes posix_spawn where the C library has it (skipped where it has not)', async () => {
  const started = startByPosixSpawn({ argv: ['/bin/true'], environment, input: '' });
  expect(await started?.exit).toEqual({ status: 0 });
  await started?.silent;
  started?.release();
});

describe.each(ways)('a program started by %s', (way, start) => {
  it('has the descriptors 0, 1 and 2 and no other, whatever this process has open', async () => {
    const list = join(makeDirectory(), 'list');
    for (const atLeast of [3, 40, 900]) unmarkedDescriptor(onTestFinished, atLeast);
    // 3 is the one by which ls(1) reads the directory.
    expect(await shell(start, `exec ls /proc/self/fd > ${list}`)).toEqual(succeeded);
    expect(readFileSync(list, 'latin1').trim().split('\n')).toEqual(['0', '1', '2', '3']);
  });

  it('gives way to the daemon, before it has its input', async () => {
    const file = join(makeDirectory(), 'nice');
    await shell(start, `read line; exec nice > ${file}`, [], { input: 'go on\n' });
    expect(Number(readFileSync(file, 'latin1'))).toBe(Math.max(10, getPriority()));
  });

  it('leads a session and a process group of its own, in /, with every signal as the system has it', async () => {
    const directory = makeDirectory();
    await shell(
      start,
      `echo $$ > ${directory}/pid; pwd > ${directory}/pwd; exec cat /proc/self/stat /proc/self/status > ${directory}/all`,
    );
    const read = (name: string): string => readFileSync(join(directory, name), 'latin1').trim();
    const all = read('all');
    // After the name: state, parent, process group, session.
    const [, , group, session] = all.slice(all.indexOf(') ') + 2).split(' ');
    expect([group, session]).toEqual([read('pid'), read('pid')]);
    expect(read('pwd')).toBe('/');
    expect(all).toMatch(/^SigBlk:\t0+$/m);
    // Two that no program sends or gets: glibc keeps 32 and 33 to itself.
    expect(all).toMatch(/^SigIgn:\t0{7}[01][08]0{7}$/m);
  });

  it('has all of its input, however long, and then its end', async () => {
    const file = join(makeDirectory(), 'input');
    for (const length of [0, 1, 4096, 4097, 65_536, 65_537, 3_000_000]) {
      const input = Buffer.alloc(length, 'an event\n');
      expect(await shell(start, `exec cat > ${file}`, [], { input })).toEqual(succeeded);
      expect(readFileSync(file).equals(input), `${length} bytes`).toBe(true);
    }
  });

  it('has its arguments and its environment byte for byte', async () => {
    const file = join(makeDirectory(), 'given');
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((any) => any.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 20 }), text, text, async (words, first, second) => {
        const more = { environment: { ...environment, FIRST: first, SECOND: second } };
        const script = `printf '%s\\0' "$FIRST" "$SECOND" "$@" > ${file}`;
        expect(await shell(start, script, words, more)).toEqual(succeeded);
        const expected = [first, second, ...words].map((word) => `${word}\0`).join('');
        expect(readFileSync(file)).toEqual(Buffer.from(expected));
      }),
      { numRuns: 50 },
    );
  });

  it('is not started with a NUL byte in what it is given', async () => {
    for (const given of [{ argv: ['/bin/true', 'a\0b'] }, { environment: { NAME: 'a\0b' } }] as const) {
      const ending = await runProgram(
        { argv: ['/bin/true'], environment, input: '', ...given },
        never(),
        new Set(),
        start,
      );
      expect(ending).toMatchObject({ how: 'not started', code: 'ERR_INVALID_ARG_VALUE' });
    }
  });

  it('has the longest argument that the system passes, and is not started with a longer one', async () => {
    const longest = 128 * 1024 - 1;
    expect(await shell(start, '[ "$(printf %s "$1" | wc -c)" = 131071 ]', ['x'.repeat(longest)])).toEqual(succeeded);
    const tooLong = { how: 'not started', code: 'E2BIG', message: 'spawn E2BIG' };
    expect(await shell(start, 'true', ['x'.repeat(longest + 1)])).toEqual(tooLong);
    expect(await shell(start, 'true', Array(50).fill('x'.repeat(longest)))).toEqual(tooLong);
  });

  it('is run by the shell when it is a script that does not name its interpreter', async () => {
    const program = join(makeDirectory(), 'program');
    writeFileSync(program, 'exit 3\n', { mode: 0o755 });
    expect(await runProgram({ argv: [program], environment, input: '' }, never(), new Set(), start)).toMatchObject({
      status: 3,
    });
  });

  it('cannot be a directory, nothing, or a file that may not be run', async () => {
    const directory = makeDirectory();
    writeFileSync(join(directory, 'text'), 'exit 0\n', { mode: 0o644 });
    const codes = [];
    for (const path of [directory, join(directory, 'absent'), join(directory, 'text'), join(directory, 'text/x')]) {
      const ending = await runProgram({ argv: [path], environment, input: '' }, never(), new Set(), start);
      codes.push(ending.how === 'not started' && [ending.code, ending.message.replace(path, 'PATH')]);
    }
    expect(codes).toEqual([
      ['EACCES', 'spawn PATH EACCES'],
      ['ENOENT', 'spawn PATH ENOENT'],
      ['EACCES', 'spawn PATH EACCES'],
      ['ENOTDIR', 'spawn ENOTDIR'],
    ]);
  });

  it('may be killed by any signal that kills', async () => {
    // 17 to 23, 28: those that stop, or do nothing. 31: this shell may be watched by a filter of system calls.
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30];
    const endings = await Promise.all(numbers.map((number) => shell(start, `ulimit -c 0; kill -${number} $$`)));
    const names = endings.map((ending) => (ending.how === 'killed' ? ending.by.replace('SIG', '') : ending.how));
    expect(names.join(' ')).toBe(
      'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT XCPU XFSZ VTALRM PROF IO PWR',
    );
  });

  it('leaves no process and no descriptor, however many are started', async () => {
    const openNow = (): number => readdirSync('/proc/self/fd').length;
    await shell(start, 'exit 0');
    const [descriptors, before] = [openNow(), children().length];
    const count = way === 'child_process' ? 200 : 2000;
    let left = count;
    const worker = async (): Promise<readonly Ending[]> => {
      const endings: Ending[] = [];
      while (left > 0) {
        left -= 1;
        const program = { argv: ['/bin/true', `${left}`] as const, environment, input: 'event\n' };
        endings.push(await runProgram(program, never(), new Set(), start));
      }
      return endings;
    };
    const endings = (await Promise.all(Array.from({ length: 20 }, worker))).flat();
    expect(endings).toHaveLength(count);
    expect(endings.filter((ending) => ending.how !== 'exited' || ending.status !== 0)).toEqual([]);
    await expect.poll(openNow).toBeLessThanOrEqual(descriptors);
    expect(children().length).toBeLessThanOrEqual(before);
  });

  it('goes on when this process is killed', async () => {
    const directory = makeDirectory();
    const script = `cat > ${directory}/input; while [ ! -e ${directory}/go ]; do sleep 0.1; done; echo > ${directory}/done`;
    const main = join(import.meta.dirname, 'killed.main.ts');
    const starter = spawn(process.execPath, ['--import', 'tsx', main, way, script], { stdio: 'ignore' });
    onTestFinished(() => writeFileSync(join(directory, 'go'), ''));
    const input = (): string =>
      existsSync(join(directory, 'input')) ? readFileSync(join(directory, 'input'), 'latin1') : '';
    await expect.poll(input).toBe('event\n');
    starter.kill('SIGKILL');
    await expect.poll(() => starter.signalCode).toBe('SIGKILL');
    writeFileSync(join(directory, 'go'), '');
    await expect.poll(() => existsSync(join(directory, 'done'))).toBe(true);
  });
});
