import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';
import { factsOfLine } from '../support/facts.ts';
import { type Said, said } from './said.ts';

const directory = scratchDirectory();
const at = (name: string): string => join(directory, name);
const file = at('belfry.conf');
const imapd = at('imapd.conf');

beforeAll(() => {
  writeFileSync(imapd, `configdirectory: ${directory}\nevent_notifier: default\nnotifysocket: ${at('notify')}\n`);
});

function write(...lines: readonly string[]): void {
  const all = [`configdirectory: ${directory}`, `notifysocket: ${at('notify')}`, ...lines];
  writeFileSync(file, all.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

function check(...flags: readonly string[]): Promise<Said> {
  return said(['check', '-C', file, ...(flags.includes('--imapd-conf') ? [] : ['--imapd-conf', imapd]), ...flags]);
}

describe('belfry check', () => {
  it('opens the files that options of HTTP name', async () => {
    write('http_listen: 127.0.0.1:8090', 'http_user: u', `http_password_file: ${at('password')}`);
    const absent = await check();
    expect(absent.status).toBe(78);
    expect(factsOfLine(absent.err)).toContain(`${file}:5: error: http_password_file: ${at('password')} `);
    writeFileSync(at('password'), 's3cret\n', { mode: 0o600 });
    expect(await check()).toMatchObject({ status: 0, err: '', out: expect.stringMatching(/No mistakes/) });
  });

  it('prints mistakes before warnings, on standard error, and with -q nothing else', async () => {
    write('colour: red', 'log_level: loud', 'hue: blue', 'order: big');
    const { out, err, status } = await check();
    expect(status).toBe(78);
    expect(err.split('\n').map((line) => /: (error|warning): (\w+)/.exec(line)?.slice(1).join(' '))).toEqual([
      'error log_level',
      'error order',
      'warning colour',
      'warning hue',
      undefined,
    ]);
    expect(out).toMatch(/^Configuration .*\n/);
    expect(out).toMatch(/2 errors, 2 warnings/);
    const quiet = await check('-q');
    expect(quiet).toMatchObject({ out: '', status: 78 });
    expect(quiet.err).toMatch(/^.*error: log_level.*\n.*error: order.*\n$/);
    write('colour: red');
    expect(await check('-q')).toEqual({ out: '', err: '', status: 0 });
  });

  it('prints JSON with everything, and only what is not a default', async () => {
    write('log_level: loud');
    const json = await check('--json', '-n');
    expect(json).toMatchObject({ err: '', status: 78 });
    const { ok, problems, values } = JSON.parse(json.out);
    expect([ok, problems.length, values.map(({ option }: { option: string }) => option)]).toEqual([
      false,
      1,
      ['configdirectory', 'log_level', 'notifysocket'],
    ]);
  });

  it('says how a file is named', async () => {
    const argument = await said(['check', file]);
    expect(argument).toMatchObject({ out: '', status: 64 });
    expect(argument.err).toContain(`belfry check -C "${file}" [USAGE]\n`);
    expect(await said(['serve', file])).toMatchObject({
      err: expect.stringMatching(/belfry serve -C "/),
      status: 64,
    });
    expect(await said([file])).toMatchObject({ err: expect.stringMatching(/belfry serve -C "/), status: 64 });
  });
});

describe('the configuration of Cyrus, included or not', () => {
  const cyrus = async (...lines: readonly string[]): Promise<string> => {
    const other = at('other.conf');
    writeFileSync(other, lines.map((line) => `${line}\n`).join(''));
    const { err } = await check('--imapd-conf', other);
    return err.replaceAll(directory, '').split('\n').map(factsOfLine).join('\n');
  };
  const socket = `notifysocket: ${at('notify')}`;

  it('is looked at for what makes Cyrus crash or lose events', async () => {
    write();
    expect(await cyrus(socket, 'event_notifier: default', 'event_groups: quota')).toMatch(
      /^\/other.conf:3: warning: event_groups: QuotaExceed .*\n$/,
    );
    expect(await cyrus(socket, 'imipnotifier: default')).toMatch(
      /^\/other.conf:2: warning: imipnotifier: .*21267 43 .*dlist:/,
    );
    expect(await cyrus('notifysocket: dlist:/s', 'imipnotifier: default')).not.toMatch(/iMIP/);
  });

  it('must report something, to where belfry receives, and what belfry asks for', async () => {
    write('notifiers: l', 'l_method: log', 'l_events: flags', 'event_groups: flags');
    expect(await cyrus('admins: cyrus')).toBe('/other.conf:1: warning: event_notifier event_notifier\n');
    expect(await cyrus('event_notifier: default', 'event_groups: flags')).toMatch(
      /^\/other.conf:1: warning: notifysocket: \/var\/imap\/socket\/notify \/notify/,
    );
    expect(await cyrus('event_notifier: default', socket)).toMatch(
      /^\/other.conf:1: warning: event_groups: event_groups /,
    );
    expect(await cyrus('event_notifier: default', socket, 'event_groups: flags')).toBe('');
  });

  it('must be there when it is named', async () => {
    write();
    expect(await check('--imapd-conf', at('absent'))).toMatchObject({
      status: 66,
      err: expect.stringMatching(/absent/),
    });
  });
});

describe('what the file system refuses', () => {
  const err = async (...given: readonly string[]): Promise<string> => {
    write(...given);
    const lines = (await check()).err
      .replaceAll(directory, '')
      .replace(/^\/belfry.conf:/gm, '')
      .split('\n');
    return lines.map(factsOfLine).join('\n');
  };

  beforeAll(() => {
    mkdirSync(at('folder'));
    writeFileSync(at('plain'), 'no program\n');
    writeFileSync(at('program'), '#!/bin/sh\n', { mode: 0o755 });
  });

  it.each([
    [['x_method: exec', `x_exec_program: ${at('absent')}`], '5: error: x_exec_program: /absent'],
    [['x_method: exec', `x_exec_program: ${at('folder')}`], '5: error: x_exec_program: /folder'],
    [['x_method: exec', `x_exec_program: ${at('plain')}`], /5: error: x_exec_program: \/plain \+x \/plain/],
    [['x_method: exec', `notify_external: ${at('absent')}`], '5: error: notify_external: /absent'],
    [['x_method: log', `x_log_file: ${at('absent/x')}`], '5: error: x_log_file: /absent'],
    [['x_method: log', `x_log_file: ${at('spool/spool.mdb')}`], '5: error: x_log_file: /spool/spool.mdb'],
    [['x_method: log', `x_log_file: ${at('belfry.conf')}`], '5: error: x_log_file: /belfry.conf'],
    [['x_method: log', `x_log_file: ${at('folder')}`], /5: error: x_log_file: EISDIR /],
    [
      ['x_method: mailto', 'x_mailto_to: a@b.c', 'mailto_smtp_host: h', `mailto_smtp_ca: ${at('plain')}`],
      '7: error: mailto_smtp_ca: /plain PEM "-----BEGIN CERTIFICATE-----"',
    ],
    [['x_method: mailto', 'x_mailto_to: a@b.c', `sendmail: ${at('absent')}`], '6: error: sendmail: /absent'],
  ])('%j', async (lines, message) => {
    const [first = '', ...rest] = (await err('notifiers: x', ...lines)).split('\n');
    expect(rest).toEqual(['']);
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  it.each([
    [() => at('y'.repeat(300)), /ENAMETOOLONG/],
    [() => '/proc/x', /\/proc$/m],
    [() => at('plain/x'), /\/plain$/m],
  ])('refuses a log file that cannot be made', async (path, message) => {
    expect(await err('notifiers: x', 'x_method: log', `x_log_file: ${path()}`)).toMatch(message);
  });

  it('is content with what works', async () => {
    expect(await err('notifiers: x', 'x_method: exec', `x_exec_program: ${at('program')}`)).toBe('');
    expect(await err('notifiers: x', 'x_method: log', 'x_log_file: /dev/stdout')).toBe('');
    expect(await err('notifiers: x', 'x_method: log', `x_log_file: ${at('new')}`)).toBe('');
  });

  it('names a socket that is to be two', async () => {
    expect(await err(`control_socket: ${at('notify')}`)).toBe('3: error: control_socket: /notify\n');
  });

  it('names directories and sockets', async () => {
    expect(await err(`spool_directory: ${at('plain')}`)).toBe('3: error: spool_directory: /plain\n');
    expect(await err('spool_directory: /proc/x')).toMatch(/3: error: spool_directory: \/proc$/m);
    expect(await err(`http_listen: ${at('plain')}`)).toMatch(/3: error: http_listen: \/plain/);
    expect(await err('http_listen: /absent/x')).toBe('3: error: http_listen: /absent/x /absent\n');
    expect(await err('http_listen: /run/absent-of-belfry/x')).toMatch(
      /3: warning: http_listen: \/run\/absent-of-belfry/,
    );
    expect(await err('notifysocket_group: nosuchgroup')).toMatch(/3: error: notifysocket_group: "nosuchgroup"/);
    expect(await err('control_socket: /absent/x')).toMatch(/3: warning: control_socket: \/absent/);
    expect(await err('schema_directory: /absent')).toMatch(/3: error: schema_directory: \/absent/);
  });

  it('warns of secrets that everybody can read', async () => {
    write('http_token: hush', 'http_user: u', `http_password_file: ${at('password')}`);
    writeFileSync(at('password'), 'x\n', { mode: 0o600 });
    expect(await check()).toMatchObject({ err: '' });
    chmodSync(file, 0o644);
    chmodSync(at('password'), 0o644);
    const found = (await check()).err.replaceAll(directory, '').split('\n').map(factsOfLine);
    expect(found).toEqual([
      '/belfry.conf:3: warning: http_token: /belfry.conf /belfry.conf',
      '/belfry.conf:5: warning: http_password_file: /password /password',
      '',
    ]);
    chmodSync(file, 0o600);
  });
});
