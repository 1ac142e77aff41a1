/** Method exec on real programs: what they are given, how they end, and that none of them outlives its limit. */
import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeNotify } from '../../src/decode/dlist/notify.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { execBy } from '../../src/notifier/exec.ts';
import type { Notification, Outcome } from '../../src/notifier/notifier.ts';
import { notifierContract } from '../contract/notifier.ts';
import { attemptWithin, openMethod, testServices } from './open-method.ts';
import { ways } from './program/ways.ts';
import { eventNotification, filteredEvent, hostileNotifications, receivedAt, requestNotification } from './samples.ts';

const never = new AbortController().signal;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'belfry-exec-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A shell script in the test's directory; `$dir` stands for that. Answers its path. */
function script(lines: string, mode = 0o755): string {
  const path = join(directory, 'program');
  writeFileSync(path, `#!/bin/sh\ndir='${directory}'\n${lines}\n`, { mode });
  return path;
}
/** A file that a program made, or the empty string. */
function made(name: string): string {
  try {
    return readFileSync(join(directory, name), 'utf8');
  } catch {
    return '';
  }
}
/** Whether a process runs; one that waits to be reaped does not. */
function runs(pid: string): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${Number(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe.each(ways)('programs by %s', (way, start) => {
  const exec = execBy(start);
  async function tell(
    program: string,
    notification: Notification = eventNotification('01-a'),
    { signal = never, attemptTimeoutMs = 0 } = {},
  ): Promise<Outcome | undefined> {
    const notifier = await openMethod(exec, { program }, testServices({ attemptTimeoutMs }));
    const [outcome] =
      attemptTimeoutMs > 0
        ? [await attemptWithin(attemptTimeoutMs, notifier, notification)]
        : await notifier.notify([{ notification, attempt: 1, lane: '' }], signal);
    await notifier.close();
    return outcome;
  }
  notifierContract(`exec by ${way}`, async () => {
    const home = mkdtempSync(join(tmpdir(), 'belfry-exec-'));
    const program = join(home, 'program');
    const ids = join(home, 'ids');
    writeFileSync(ids, '');
    writeFileSync(program, `#!/bin/sh\ncat > /dev/null\necho "$BELFRY_ID" >> ${ids}\n`, { mode: 0o755 });
    return {
      notifier: await openMethod(exec, { program }),
      received: () => readFileSync(ids, 'utf8').split('\n').slice(0, -1),
      breakPeer: () => renameSync(program, `${program}.away`),
      hangPeer: () => writeFileSync(program, '#!/bin/sh\nsleep 1000 & wait\n'),
      dispose: async () => rmSync(home, { recursive: true }),
    };
  });

  describe('what the program is given', () => {
    it('has the arguments and the standard input of notifyd', async () => {
      const program = script(`printf '%s\\n' "$@" > "$dir/arguments"; cat > "$dir/input"`);
      const fields = { priority: 'high', fname: '/var/spool/cyrus/stage./1-2', message: 'From: a\nSubject: b\n' };
      expect(await tell(program, requestNotification('01-a', fields))).toEqual({ status: 'delivered' });
      const expected = '-c\nMAIL\n-p\nhigh\n-u\njohn\n-m\nINBOX\n-f\n/var/spool/cyrus/stage./1-2\n';
      expect(made('arguments')).toBe(expected);
      expect(made('input')).toBe('From: a\nSubject: b\n\n');
    });

    it('has the event as JSON on standard input, and an empty file name', async () => {
      const notification = eventNotification('01-b', { user: 'jane' });
      const program = script(`printf '%s\\n' "$@" > "$dir/arguments"; cat > "$dir/input"`);
      await tell(`${program} --queue   fast`, notification);
      expect(made('arguments')).toBe('--queue\nfast\n-c\nEVENT\n-p\n\n-u\njane\n-m\nuser.john\n-f\n\n');
      expect(made('input')).toBe(`${notification.message}\n`);
      expect(JSON.parse(made('input'))).toEqual(notification.payload);
    });

    it('has the bytes of the sender where no filter changed the event, and else nothing of what was taken out', async () => {
      const { sent, unchanged, changed } = filteredEvent();
      const program = script(`cat > "$dir/input"`);
      const inputOf = async (notification: Notification, options = {}): Promise<string> => {
        const notifier = await openMethod(exec, { program, ...options });
        const [outcome] = await notifier.notify([{ notification, attempt: 1, lane: '' }], new AbortController().signal);
        await notifier.close();
        expect(outcome).toEqual({ status: 'delivered' });
        return made('input');
      };
      const filtered = '{"event":"MessageNew","modseq":9223372036854775807}\n';
      expect(await inputOf(unchanged)).toBe(`${sent}\n`);
      expect(await inputOf(changed)).toBe(filtered);
      expect(await inputOf(changed, { input: 'filtered' })).toBe(filtered);
      expect(await inputOf(unchanged, { input: 'filtered' })).toBe(
        '{"event":"MessageNew","vnd.cmu.envelope":"secret","modseq":9223372036854775807}\n',
      );
    });

    it('has a message that is not UTF-8 as the bytes that were sent', async () => {
      const program = script(`cat > "$dir/input"`);
      const every = Buffer.from(Uint8Array.from({ length: 255 }, (_, index) => index + 1));
      for (const encoded of [
        every,
        Buffer.from('Subject: Grüße\n', 'latin1'),
        Buffer.from('Grüße \xfe'),
        Buffer.from('ü€😀'),
      ]) {
        const head = ['exec', 'MAIL', '', 'john', 'INBOX', '0', ''].join('\0');
        const datagram = Buffer.concat([Buffer.from(head), encoded, Buffer.from('\0')]);
        const line = Buffer.concat([
          Buffer.from(`NOTIFY %(METHOD exec CLASS MAIL USER john MESSAGE {${encoded.length}+}\r\n`),
          encoded,
          Buffer.from(' FILEPATH NIL)\r\n'),
        ]);
        for (const decoded of [decodeFrame(datagram), decodeNotify(line)]) {
          if (!decoded.ok) throw new Error(decoded.problem.message);
          await tell(program, requestNotification('01-d', decoded.value));
          expect(readFileSync(join(directory, 'input'))).toEqual(Buffer.concat([encoded, Buffer.from('\n')]));
        }
      }
    });

    it('arrives byte for byte, whatever it holds, and no shell sees it', async () => {
      const program = script(`printf '%s\\0' "$@" > "$dir/arguments"; printf '%s\\0' "$BELFRY_USER" > "$dir/user"`);
      let told = 0;
      for (const notification of hostileNotifications()) {
        const { class: requestClass, priority, user, mailbox, fname = '' } = notification;
        const values = [requestClass, priority, user, mailbox, fname];
        // NUL cannot be in an argument, and half of a pair is no character that could arrive.
        if (/\0|\p{Cs}/u.test(values.join() + notification.method)) continue;
        expect(await tell(program, notification)).toEqual({ status: 'delivered' });
        const given = made('arguments').split('\0').slice(0, -1);
        expect(given.filter((_, index) => index % 2 === 1)).toEqual(values);
        expect(given.filter((_, index) => index % 2 === 0)).toEqual(['-c', '-p', '-u', '-m', '-f']);
        expect(made('user')).toBe(`${user}\0`);
        told += 1;
      }
      expect(told).toBeGreaterThan(50);
    });

    it('takes a value that begins with a dash as a value', async () => {
      const lines = 'while getopts c:p:u:m:f: o; do printf "%s=%s\\n" "$o" "$OPTARG" >> "$dir/options"; done';
      await tell(script(lines), requestNotification('01-c', { user: '-m', mailbox: '--', priority: '-u root' }));
      expect(made('options')).toBe('c=MAIL\np=-u root\nu=-m\nm=--\nf=\n');
    });

    it('has a small environment, no descriptors of the daemon, and / as its directory', async () => {
      const dump = join(directory, 'dump.mjs');
      const code = `import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
      const links = readdirSync('/proc/self/fd').map((fd) => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } });
      const { env, argv } = process;
      writeFileSync('${directory}/dump', JSON.stringify({ env, links, cwd: process.cwd(), argv: argv.slice(2) }));`;
      writeFileSync(dump, code);
      vi.stubEnv('NOTIFY_SOCKET', '/run/systemd/notify');
      vi.stubEnv('LISTEN_FDS', '1');
      vi.stubEnv('TZ', 'Europe/Berlin');
      const descriptor = openSync(dump, 'r');
      try {
        expect(await tell(`${process.execPath} ${dump}`, eventNotification('01-d'))).toEqual({ status: 'delivered' });
      } finally {
        closeSync(descriptor);
        vi.unstubAllEnvs();
      }
      const { env, links, cwd } = JSON.parse(made('dump'));
      expect(cwd).toBe('/');
      expect(links).not.toContain(dump);
      expect(env).toMatchObject({
        TZ: 'Europe/Berlin',
        BELFRY_ID: '01-d',
        BELFRY_NOTIFIER: 'audit',
        BELFRY_ATTEMPT: '1',
        BELFRY_RECEIVED_AT: new Date(receivedAt).toISOString(),
        BELFRY_CLASS: 'EVENT',
        BELFRY_EVENT: 'MessageNew',
        BELFRY_METHOD: '',
        BELFRY_PRIORITY: '',
        BELFRY_USER: 'john',
        BELFRY_MAILBOX: 'user.john',
      });
      const others = Object.keys(env).filter((name) => !name.startsWith('BELFRY_'));
      expect(['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ']).toEqual(expect.arrayContaining(others));
      expect(others).toContain('PATH');
    });

    it.each(['user', 'mailbox', 'priority', 'class', 'method', 'fname'])(
      'cannot be %s with a NUL byte',
      async (field) => {
        const outcome = await tell(script('echo told > "$dir/told"'), requestNotification('01-e', { [field]: 'a\0b' }));
        const reason = expect.stringMatching(new RegExp(`^${field} .*NUL`));
        expect(outcome).toEqual({ status: 'rejected', reason });
        expect(made('told')).toBe('');
      },
    );

    it('cannot be longer than an argument can be, and is not cut', async () => {
      const program = script('printf %s "$8" | wc -c > "$dir/size"');
      const longest = 128 * 1024 - 1 - 'BELFRY_mailbox='.length;
      const fits = requestNotification('01-f', { mailbox: 'm'.repeat(longest) });
      expect(await tell(program, fits)).toEqual({ status: 'delivered' });
      expect(Number(made('size'))).toBe(longest);
      const outcome = await tell(program, requestNotification('01-g', { mailbox: 'm'.repeat(longest + 1) }));
      const reason = 'mailbox is too long for an argument of a program: 131072 bytes';
      expect(outcome).toEqual({ status: 'rejected', reason });
    });
  });

  describe('how the program ends', () => {
    it.each([
      [0, 'delivered'],
      [1, 'rejected'],
      [64, 'rejected'],
      [75, 'retry'],
      [127, 'rejected'],
      [255, 'rejected'],
    ])('exit status %i means %s', async (status, expected) => {
      const program = script(`exit ${status}`);
      const outcome = await tell(program);
      expect(outcome?.status).toBe(expected);
      if (outcome && 'reason' in outcome) expect(outcome.reason).toMatch(new RegExp(`^${program} .*status ${status}$`));
    });

    it('death by a signal means retry', async () => {
      const program = script('kill -SEGV $$');
      expect(await tell(program)).toEqual({
        status: 'retry',
        reason: expect.stringMatching(new RegExp(`^${program} .*SIGSEGV$`)),
      });
    });

    it('the reason holds the last lines of standard error, made visible and bounded', async () => {
      const program = script(`
      i=0; while [ $i -lt 300 ]; do echo "line $i of much output" >&2; i=$((i + 1)); done
      printf 'the last but one \\033[2J\\n\\n' >&2; head -c 3000 /dev/zero | tr '\\0' x >&2; exit 1`);
      const outcome = await tell(program);
      const x = 'x'.repeat(199);
      const reason = `${program} exited with status 1: line 299 of much output | the last but one \\u{1b}[2J | ${x}…`;
      expect(outcome).toEqual({ status: 'rejected', reason });
    });

    it('may leave standard input unread', async () => {
      const notification = requestNotification('02-a', { message: 'm'.repeat(1_000_000) });
      expect(await tell(script('exec 0<&-; exit 0'), notification)).toEqual({ status: 'delivered' });
    });

    it('may write as much as it likes', async () => {
      const lines = 'head -c 5000000 /dev/zero; head -c 5000000 /dev/zero >&2';
      expect(await tell(script(lines))).toEqual({ status: 'delivered' });
    });

    it('does not wait for what the program has left running', async () => {
      const program = script('sleep 1000 & echo $! > "$dir/pid"; exit 0');
      expect(await tell(program)).toEqual({ status: 'delivered' });
      const pid = made('pid');
      expect(runs(pid)).toBe(true);
      process.kill(Number(pid));
    });
  });

  describe('stopping', () => {
    it('stops the program and its children when its time is over', async () => {
      const lines = `(trap '' TERM; exec sleep 1000) & echo $! > "$dir/child"; echo $$ > "$dir/self"`;
      const program = script(`${lines}; echo waiting >&2; wait`);
      const reason = `${program} ran longer than 1 s and was stopped: waiting`;
      expect(await tell(program, eventNotification('03-a'), { attemptTimeoutMs: 1000 })).toEqual({
        status: 'retry',
        reason,
      });
      await expect.poll(() => [runs(made('self')), runs(made('child'))]).toEqual([false, false]);
    });

    it('kills what does not obey', async () => {
      const program = script(`trap '' TERM; sleep 1000 & echo $! > "$dir/child"; echo $$ > "$dir/self"; wait; wait`);
      const abort = new AbortController();
      const settled = tell(program, eventNotification('03-b'), { signal: abort.signal });
      await expect.poll(() => made('self')).not.toBe('');
      abort.abort();
      const reason = `${program} was stopped because the daemon stops`;
      expect(await settled).toEqual({ status: 'retry', reason });
      await expect.poll(() => [runs(made('self')), runs(made('child'))]).toEqual([false, false]);
    });

    it('counts a program that ends well after its time as stopped', async () => {
      const program = script(`trap 'exit 0' TERM; sleep 1000 & wait`);
      expect(await tell(program, eventNotification('03-c'), { attemptTimeoutMs: 300 })).toMatchObject({
        status: 'retry',
      });
    });

    it('kills at once, when it is closed, what has still to obey the end of its time', async () => {
      const program = script(`trap '' TERM; echo $$ > "$dir/self"; while :; do sleep 1000 & wait; done`);
      const notifier = await openMethod(exec, { program });
      const abort = new AbortController();
      const settled = notifier.notify(
        [{ notification: eventNotification('03-d'), attempt: 1, lane: '' }],
        abort.signal,
      );
      await expect.poll(() => made('self')).not.toBe('');
      abort.abort('timeout');
      const closedAt = performance.now();
      await notifier.close();
      expect(await settled).toMatchObject([{ status: 'retry' }]);
      // Less than the program has to obey SIGTERM.
      expect(performance.now() - closedAt).toBeLessThan(4000);
      await expect.poll(() => runs(made('self'))).toBe(false);
    });

    it('does not start a program any more once the signal has aborted', async () => {
      const outcome = await tell(script('echo told > "$dir/told"'), undefined, { signal: AbortSignal.abort() });
      expect(outcome?.status).toBe('retry');
      expect(made('told')).toBe('');
    });
  });

  describe('a program that cannot be started', () => {
    it('is tried again when it is missing, and delivers once it is there', async () => {
      const program = join(directory, 'program');
      const services = testServices();
      const notifier = await openMethod(exec, { program }, services);
      const deliveries = [{ notification: eventNotification('04-a'), attempt: 1, lane: '' }];
      expect(services.logged).toMatchObject([
        { level: 40, notifier: 'audit', reason: expect.stringContaining('ENOENT') },
      ]);
      const reason = `${program} cannot be started: spawn ${program} ENOENT (it, or the interpreter named in its first line, is missing)`;
      expect(await notifier.notify(deliveries, never)).toEqual([{ status: 'retry', reason }]);
      script('exit 0');
      expect(await notifier.notify(deliveries, never)).toEqual([{ status: 'delivered' }]);
      await notifier.close();
    });

    it('is tried again when it may not be run', async () => {
      const program = script('exit 0', 0o644);
      const reason = `${program} cannot be started: spawn ${program} EACCES`;
      expect(await tell(program)).toEqual({ status: 'retry', reason });
    });

    it('is tried again when the interpreter that it names is missing', async () => {
      const program = join(directory, 'program');
      writeFileSync(program, '#!/absent/interpreter\n', { mode: 0o755 });
      expect(await tell(program)).toMatchObject({ status: 'retry', reason: expect.stringContaining('ENOENT') });
    });

    it('is rejected when its arguments are too long for the system', async () => {
      const program = `${script('exit 0')} ${'x'.repeat(200_000)}`;
      expect(await tell(program)).toMatchObject({ status: 'rejected', reason: expect.stringContaining('E2BIG') });
    });

    it('is tried again while descriptors are short, and leaks none', async () => {
      const main = join(import.meta.dirname, 'program/run-program.main.ts');
      const line = 'ulimit -n 100 && exec "$0" --import tsx "$1" "$2"';
      const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line, process.execPath, main, way]);
      const { endings, leaked } = JSON.parse(stdout);
      const hows: readonly string[] = endings.map(({ how, code = how }: { how: string; code?: string }) => code);
      expect(hows[0]).toBe('EMFILE');
      expect(new Set(hows)).toEqual(new Set(['EMFILE', 'exited']));
      expect(hows.at(-1)).toBe('exited');
      expect(leaked).toBeLessThanOrEqual(0);
    });
  });
});
