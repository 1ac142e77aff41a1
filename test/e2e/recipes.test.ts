/**
 * The recipes for Cyrus in the documentation, as they are printed: a real Cyrus runs with their blocks of imapd.conf and
 * cyrus.conf, a real daemon with their belfry.conf or that of the package, and what happens in a mailbox arrives at the
 * notifiers that the recipe names.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { blocksIn, documentNames, root } from '../documentation/blocks.ts';
import { until } from '../support/until.ts';
import { type CyrusSettings, cyrusIsMissing, startCyrus } from './cyrus.ts';
import { startDaemon } from './daemon.ts';
import { installInto } from './installed.ts';
import { linesOf } from './notification.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { runSuccessfully } from './run-program.ts';
import { makeWorkspace } from './workspace.ts';

const ofLanguage = (page: string, language: string): readonly string[] =>
  blocksIn(page)
    .filter((block) => block.language === language)
    .map(({ text }) => text);
const [packaged = ''] = ofLanguage('README.md', 'imapd.conf');
const cyrusPage = 'docs/getting-started-cyrus.md';
const [recipe = ''] = ofLanguage(cyrusPage, 'belfry.conf');
const [events = '', stream = ''] = ofLanguage(cyrusPage, 'imapd.conf');
const [notifyd = ''] = ofLanguage(cyrusPage, 'cyrus.conf');
const [service = '', daemon = ''] = ofLanguage('docs/operations.md', 'cyrus.conf');

/** The user that Debian's Cyrus runs as; run-cyrus.sh gives it all that it writes. */
const cyrusUser = { user: 'cyrus', group: 'mail' };

interface Place {
  readonly directory: string;
  readonly launcher: string;
  readonly receiver: Receiver;
  /** What systemd-cat would have sent to the journal. */
  readonly journal: string;
  /** A block with what is not its own on a machine of others, its paths and the receiver, put into our directory. */
  readonly here: (block: string) => string;
}

async function makePlace(): Promise<Place> {
  const directory = await makeWorkspace(onTestFinished);
  const within = (name: string): string => join(directory, name);
  const { uid, gid } = await stat('/var/lib/cyrus');
  for (const name of ['program', 'state', 'sockets']) {
    await mkdir(within(name));
    await chown(within(name), uid, gid);
  }
  const launcher = await installInto(within('program'));
  const receiver = await startReceiver('answer', onTestFinished);
  const journal = join(within('state'), 'journal.log');
  // In the place of systemd-cat, as here may be no journal: what it runs writes to a file.
  await writeFile(within('systemd-cat'), `#!/bin/sh\nshift 2\nexec "$@" >>'${journal}' 2>&1\n`, { mode: 0o755 });
  // All that is replaced in a block. Everything else is run as it is printed.
  const replacements: Readonly<Record<string, string>> = {
    '/etc/imapd.conf': within('cyrus/imapd.conf'),
    '/etc/belfry.conf': within('belfry.conf'),
    '/var/lib/belfry': within('state'),
    '/run/cyrus/socket': within('sockets'),
    '/run/belfry': within('sockets'),
    '/var/log/belfry': within('state'),
    '/usr/bin/systemd-cat': within('systemd-cat'),
    '/usr/bin/belfry': launcher,
    'https://crm.example.org/mail-events': receiver.url,
  };
  const here = (block: string): string =>
    Object.entries(replacements).reduce((text, [printed, ours]) => text.replaceAll(printed, ours), block);
  await writeFile(within('belfry.conf'), here(recipe));
  return { directory, launcher, receiver, journal, here };
}

/** A Cyrus whose imapd.conf has these blocks. It names no notifier but what they name. */
const cyrusAt = ({ directory, here }: Place, imapdConf: string, more: Partial<CyrusSettings> = {}) =>
  startCyrus(
    {
      state: join(directory, 'cyrus'),
      notifySocket: here('/run/cyrus/socket/notify'),
      imapdConf: here(imapdConf),
      ...more,
      env: { MAILNOTIFIER: '', SIEVENOTIFIER: '', IMIPNOTIFIER: '', ...more.env },
    },
    onTestFinished,
  );

/** What the notifier `audit` of the recipe has written among other lines of the daemon's log. */
function auditIn(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const { notifier, event } = JSON.parse(line) as { readonly notifier?: string; readonly event?: string };
    return notifier === 'audit' && event !== undefined ? [event] : [];
  });
}

/** The groups `message flags mailbox` are delivered, of which a delivery brings MessageNew; crm gets nothing else. */
async function expectToArrive({ receiver }: Place, lines: () => Promise<readonly string[]>): Promise<void> {
  await until('the delivery to arrive at audit', async () => auditIn(await lines()).includes('MessageNew'));
  await until('the delivery to arrive at crm', () => receiver.requests.length > 0);
  const types = receiver.requests.map(({ body }) => (JSON.parse(body) as { readonly event: string }).event);
  expect(new Set(types)).toEqual(new Set(['MessageNew']));
  // Logins are in no group of the recipe.
  expect(auditIn(await lines())).not.toContain('Login');
}

/** The children of a process that run this program. */
function processesOf(program: string, parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const [, state = '', ppid = ''] = /\) (\S) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
        const named = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')[0] ?? '';
        return state !== 'Z' && Number(ppid) === parent && named.includes(program);
      } catch {
        return false;
      }
    });
}

const missing = cyrusIsMissing();
const title = `the recipes with a real Cyrus${missing === undefined ? '' : ` (skipped: ${missing})`}`;

test('every block of imapd.conf and cyrus.conf in the documentation has a run below', () => {
  const all = (language: string): readonly string[] => documentNames.flatMap((name) => ofLanguage(name, language));
  expect(all('imapd.conf')).toEqual([packaged, events, stream]);
  expect(all('cyrus.conf')).toEqual([notifyd, service, daemon]);
  expect(packaged).toContain('notifysocket: /run/belfry/notify');
  expect(events).toContain('event_notifier:');
  expect(stream).toContain('notifysocket: dlist:');
  expect(notifyd).toContain('cmd="notifyd"');
  expect(service).toContain('listen=');
  expect(daemon).not.toContain('listen=');
});

describe.skipIf(missing !== undefined)(title, () => {
  test('the package: its configuration, and the lines of the README in imapd.conf', async () => {
    const at = await makePlace();
    const configuration = at.here('/etc/belfry.conf');
    const installed = await readFile(join(root, 'packaging/debian/belfry.conf'), 'utf8');
    await writeFile(configuration, at.here(`configdirectory: /var/lib/belfry\n${installed}`));
    const as = { ...cyrusUser, launcher: at.launcher };
    const running = await startDaemon(['serve', '-C', configuration], onTestFinished, { as, cwd: '/' });
    const cyrus = await cyrusAt(at, packaged, { notifySocket: at.here('/run/belfry/notify') });
    await cyrus.drive(['login', 'lmtp']);
    const archive = at.here('/var/log/belfry/events.log');
    await until('the delivery to arrive in the file', async () =>
      (await linesOf(archive)).some((line) => line.includes('"MessageNew"')),
    );
    expect(await running.stop()).toEqual({ status: 0, signal: null });
    await cyrus.stop();
  });

  test('in the place of notifyd: its line is taken out of cyrus.conf, and belfry has its socket', async () => {
    const at = await makePlace();
    const cyrus = await cyrusAt(at, events, { services: [at.here(notifyd)] });
    await until('notifyd to run', () => processesOf('notifyd', cyrus.pid).length > 0);
    await cyrus.dropServices();
    await until('notifyd to end', () => processesOf('notifyd', cyrus.pid).length === 0);

    const configuration = at.here('/etc/belfry.conf');
    const become = ['--reuid', cyrusUser.user, '--regid', cyrusUser.group, '--init-groups'];
    const check = [at.launcher, 'check', '-q', '-C', configuration];
    const { stdout, stderr } = await runSuccessfully('setpriv', [...become, process.execPath, ...check]);
    expect(`${stdout}${stderr}`).toBe('');
    const as = { ...cyrusUser, launcher: at.launcher };
    const running = await startDaemon(['serve', '-C', configuration], onTestFinished, { as, cwd: '/' });
    await cyrus.drive(['login', 'lmtp']);
    await expectToArrive(at, async () => running.lines().map((line) => JSON.stringify(line)));
    expect(await running.stop()).toEqual({ status: 0, signal: null });
    await cyrus.stop();
  });

  test('over a stream: the line belfry_notifysocket is taken out of belfry.conf, as the page says', async () => {
    const at = await makePlace();
    const configuration = at.here('/etc/belfry.conf');
    await writeFile(configuration, at.here(recipe).replace(/^belfry_notifysocket: .*\n/m, ''));
    const as = { ...cyrusUser, launcher: at.launcher };
    const cyrus = await cyrusAt(at, events + stream);
    const running = await startDaemon(['serve', '-C', configuration], onTestFinished, { as, cwd: '/' });
    // Of the users that were made while there was no belfry.
    const before = await cyrus.complaints();
    expect(existsSync(at.here('/run/cyrus/socket/notify-stream'))).toBe(true);
    expect(existsSync(at.here('/run/cyrus/socket/notify'))).toBe(false);
    await cyrus.drive(['login', 'lmtp']);
    await expectToArrive(at, async () => running.lines().map((line) => JSON.stringify(line)));
    expect(await cyrus.complaints()).toEqual(before);
    expect(await running.stop()).toEqual({ status: 0, signal: null });
    await cyrus.stop();
  });

  test.each([
    ['SERVICES', service],
    ['DAEMON', daemon],
  ])('run by master, in %s of cyrus.conf', async (section, line) => {
    const at = await makePlace();
    const settings =
      section === 'DAEMON' ? { env: { EXTRA_CYRUS_DAEMON: at.here(line) } } : { services: [at.here(line)] };
    const cyrus = await cyrusAt(at, events, settings);
    expect(await readFile(join(at.directory, 'cyrus/cyrus.conf'), 'utf8')).toContain(at.here(line).trim());
    const lines = (): Promise<readonly string[]> => linesOf(at.journal);
    await until('it to be ready', async () => (await lines()).some((one) => one.includes('"ready"')));
    await cyrus.drive(['login', 'lmtp']);
    await expectToArrive(at, lines);
    const pids = (await lines()).flatMap((one) => (JSON.parse(one) as { readonly pid?: number }).pid ?? []);
    process.kill(cyrus.pid, 'SIGTERM');
    await until('belfry to end with its master', () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
    await cyrus.stop();
  });
});
