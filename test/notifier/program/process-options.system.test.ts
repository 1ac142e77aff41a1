/** As whom programs run, where, with which environment and limits, in both modes of method exec. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identityProblem } from '../../../src/daemon/identity-check.ts';
import { execBy } from '../../../src/notifier/exec.ts';
import type { Outcome } from '../../../src/notifier/notifier.ts';
import { factsOf } from '../../support/facts.ts';
import { openMethod } from '../open-method.ts';
import { eventNotification } from '../samples.ts';
import { ways } from './ways.ts';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? '' : ' (skipped: only root may start programs as another user)';
const never = new AbortController().signal;
/** Of Debian, and of most others. */
const nobody = 65534;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-process-'));
  chmodSync(directory, 0o777);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** A shell script that writes what `lines` print, and answers as both modes want it. */
function script(lines: string): string {
  const path = join(directory, 'program');
  writeFileSync(
    path,
    `#!/bin/sh\n{ ${lines}\n} > ${directory}/made 2>&1 || exit 9\nread -r line && echo OK\nexit 0\n`,
    { mode: 0o755 },
  );
  return path;
}
const made = (): string => readFileSync(join(directory, 'made'), 'utf8');

const modes = [
  ...ways.map(([name, start]) => [`each, ${name}`, start, 'each'] as const),
  ['stream', undefined, 'stream'] as const,
];

describe.each(modes)('in mode %s', (_, start, mode) => {
  async function run(lines: string, options: Readonly<Record<string, string>>): Promise<Outcome | undefined> {
    const exec = execBy(start ?? ways[0]?.[1] ?? (() => expect.unreachable()));
    const notifier = await openMethod(exec, { program: script(lines), mode, ...options });
    const [outcome] = await notifier.notify([{ notification: eventNotification('01-a'), attempt: 1, lane: '' }], never);
    await notifier.close();
    return outcome;
  }

  it('has the directory and the environment that are configured', async () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    vi.stubEnv('SECRET', 'x');
    mkdirSync(join(directory, 'work'));
    const options = { directory: join(directory, 'work'), environment: 'TZ URL=http://h/?a=b EMPTY=' };
    expect(await run('pwd; env', options)).toMatchObject({ status: 'delivered' });
    const lines = made().split('\n');
    expect(lines[0]).toBe(join(directory, 'work'));
    expect(lines).toEqual(
      expect.arrayContaining(['TZ=Europe/Berlin', 'URL=http://h/?a=b', 'EMPTY=', 'BELFRY_NOTIFIER=audit']),
    );
    expect(lines.filter((line) => /^(?:HOME|SECRET|LANG)=/.test(line))).toEqual([]);
  });

  it('has the limits that are configured', async () => {
    const limits = { limit_memory: '256M', limit_cpu: '7500ms', limit_files: '40', limit_processes: '12345' };
    expect(await run('ulimit -v; ulimit -t; ulimit -n', limits)).toMatchObject({ status: 'delivered' });
    expect(made()).toBe('262144\n8\n40\n');
    expect(await run('grep processes /proc/self/limits', limits)).toMatchObject({ status: 'delivered' });
    expect(made()).toMatch(/\s12345\s+12345\s/);
  });

  it('is tried again when the program is missing, though prlimit is there', async () => {
    const options = { program: '/nonexistent/program', limit_files: '40' };
    const outcome = await run('true', options);
    expect(outcome).toMatchObject({ status: 'retry' });
    expect(JSON.stringify(outcome)).toContain('/nonexistent/program');
  });

  describe.skipIf(!isRoot)(`as another user${asRoot}`, () => {
    it('has that user, its group, no other group, its home and no capability', async () => {
      const show = 'id -u; id -g; id -G; grep ^Cap /proc/self/status; echo $HOME';
      expect(await run(show, { user: 'nobody' })).toMatchObject({ status: 'delivered' });
      const [uid, gid, groups, ...others] = made().split('\n');
      expect([uid, gid, groups]).toEqual([String(nobody), String(nobody), String(nobody)]);
      expect(others.slice(0, 3).map((line) => /^Cap(?:Inh|Prm|Eff):\t0+$/.test(line))).toEqual([true, true, true]);
      expect(others.at(-2)).toBe('/nonexistent');
    });

    it('can be a number, with a group, and within limits', async () => {
      const options = { user: '54321', group: 'mail', limit_files: '64' };
      expect(await run('id -u; id -gn; ulimit -n', options)).toMatchObject({ status: 'delivered' });
      expect(made()).toBe('54321\nmail\n64\n');
    });
  });
});

describe('what cannot be', () => {
  const open = (options: Readonly<Record<string, string>>) =>
    openMethod(
      execBy(() => expect.unreachable()),
      { program: '/bin/true', ...options },
    );

  it.each([{ user: 'no-such-user' }, { group: 'no-such-group' }])('%o is refused', async (options) => {
    await expect(open(options)).rejects.toMatchObject({ code: 'NOTIFIER_OPEN' });
  });

  it('a variable without a name is a mistake', () => {
    const exec = execBy(() => expect.unreachable());
    const values = { program: ['/bin/true'], environment: ['PATH', 'A-B', '=x', 'C=ok'] };
    const context = { name: 'audit', builtIn: false, classes: undefined, servername: '', postmaster: '' };
    const problems = exec.check(values, context);
    expect(problems.map(({ severity, message }) => [severity, factsOf(message)])).toEqual([
      ['error', '"A-B"'],
      ['error', '"=x"'],
    ]);
  });
});

describe('what check finds', () => {
  it('a user and a group that there are not', () => {
    expect(identityProblem('no-such-user', 'user', [])).toMatchObject({ severity: 'error' });
    expect(identityProblem('no-such-group', 'group', [])).toMatchObject({ severity: 'error' });
    expect(identityProblem(String(process.geteuid?.()), 'user', [])).toBeUndefined();
  });

  it.skipIf(!isRoot)(`a unit without the drop-in${asRoot}`, () => {
    const root = join(import.meta.dirname, '../../..');
    expect(identityProblem('nobody', 'user', [directory])).toBeUndefined();
    writeFileSync(join(directory, 'belfry.service'), readFileSync(join(root, 'config/systemd/belfry.service')));
    expect(identityProblem('nobody', 'user', [directory])).toMatchObject({ severity: 'warning' });
    mkdirSync(join(directory, 'belfry.service.d'));
    const dropIn = readFileSync(join(root, 'config/drop-ins/exec-user.conf'));
    writeFileSync(join(directory, 'belfry.service.d/exec-user.conf'), dropIn);
    expect(identityProblem('nobody', 'user', [directory])).toBeUndefined();
  });
});

describe.skipIf(!isRoot)(`a daemon that is not root${asRoot}`, () => {
  /** What the daemon of the package is: a user without capabilities, or with those of the drop-in. */
  async function asDaemon(capabilities: string, options: Readonly<Record<string, string>>) {
    const main = join(import.meta.dirname, 'other-user.main.ts');
    const become = [
      '--reuid=54320',
      '--regid=54320',
      '--clear-groups',
      `--inh-caps=${capabilities}`,
      `--ambient-caps=${capabilities}`,
    ];
    const words = [...become, '--no-new-privs', process.execPath, '--import', 'tsx', main, JSON.stringify(options)];
    const env = { ...process.env, TSX_DISABLE_CACHE: '1', TMPDIR: directory };
    const { stdout } = await promisify(execFile)('/usr/bin/setpriv', words, { env });
    return JSON.parse(stdout);
  }

  it('refuses to start without the capabilities, and says which are missing', async () => {
    const { code, message } = await asDaemon('-all', { program: '/bin/true', user: 'nobody' });
    expect(code).toBe('NOTIFIER_OPEN');
    expect(factsOf(message)).toContain('CAP_SETGID CAP_SETUID');
  });

  it.each([
    ['another user', { user: 'nobody' }, nobody],
    ['its own user', {}, 54320],
  ])('with the capabilities starts programs as %s, and gives them none', async (__, options, uid) => {
    const program = script('id -u; grep ^Cap /proc/self/status');
    const capabilities = '-all,+setuid,+setgid,+kill';
    expect(await asDaemon(capabilities, { program, ...options })).toEqual({ outcomes: [{ status: 'delivered' }] });
    const [user, ...others] = made().split('\n');
    expect(user).toBe(String(uid));
    expect(others.filter((line) => /^Cap(?:Prm|Eff|Amb):\t0+$/.test(line))).toHaveLength(3);
  });
});
