/** `belfry init` writes files, and what it writes is checked on this machine. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratchDirectory } from '../os/scratch.ts';
import { said } from './said.ts';

const directory = scratchDirectory();
const at = (name: string): string => join(directory, name);
const cyrusFlags = ['--imapd-conf', at('imapd.conf'), '--cyrus-conf', at('cyrus.conf')];

beforeAll(() => {
  mkdirSync(at('socket'));
  const imapd = [
    `configdirectory: ${directory}`,
    'servername: imap.example.org',
    'event_groups: message access quota',
    `notifysocket: ${at('socket/notify')}`,
  ];
  writeFileSync(at('imapd.conf'), `${imapd.join('\n')}\n`);
  writeFileSync(
    at('cyrus.conf'),
    `SERVICES {\n  notify cmd="notifyd" listen="${at('socket/notify')}" proto="udp"\n}\n`,
  );
  writeFileSync(
    at('dovecot23.conf'),
    'mail_plugins = quota\nprotocol lmtp {\n  mail_plugins = $mail_plugins sieve\n}\n',
  );
  writeFileSync(at('dovecot24.conf'), 'dovecot_config_version = 2.4.1\n');
});

async function checked(file: string): Promise<string> {
  // What is on this machine besides is no concern of the test.
  const { status, err } = await said(['check', '-C', file, '-q', '--imapd-conf', at('imapd.conf')]);
  return `${status} ${err}`;
}

describe('belfry init', () => {
  it('takes from Cyrus what is there, and says what to change', async () => {
    const file = at('cyrus-belfry.conf');
    const { out, status } = await said(['init', ...cyrusFlags, '-o', file]);
    expect(status).toBe(0);
    const text = readFileSync(file, 'utf8');
    for (const line of [
      `notifysocket: ${at('socket/notify')}`,
      'servername: imap.example.org',
      'event_groups: message access',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/^http_listen/m);
    expect(out).toContain('event_notifier: default');
    expect(out).toContain(`${at('imapd.conf')}:3`);
    expect(out).toContain(`line 2 of ${at('cyrus.conf')}`);
    expect(out).not.toMatch(/^ {4}notifysocket/m);
    expect(await checked(file)).toBe('0 ');
    expect(statSync(file).mode & 0o007).toBe(0);
  });

  it.each([
    ['dovecot23.conf', /push_notification_driver = lua:file=\S+belfry\.lua/, /protocol lmtp \{/],
    ['dovecot24.conf', /push_notification belfry \{/, /lua_settings \{/],
  ])('prints the lines for the Dovecot of %s', async (name, ...patterns) => {
    const file = at(`${name}-belfry.conf`);
    const { out } = await said(['init', '--dovecot-conf', at(name), '-o', file]);
    for (const pattern of patterns) expect(out).toMatch(pattern);
    expect(out).not.toContain('imapd.conf');
    expect(readFileSync(file, 'utf8')).toMatch(/^http_listen: 127\.0\.0\.1:8090$/m);
    expect(await checked(file)).toBe('0 ');
  });

  it('replaces no file without --force, and writes none without -o', async () => {
    const file = at('there.conf');
    writeFileSync(file, 'MINE\n');
    expect(await said(['init', ...cyrusFlags, '-o', file])).toMatchObject({ status: 64, out: '' });
    expect(readFileSync(file, 'utf8')).toBe('MINE\n');
    expect(await said(['init', ...cyrusFlags, '-o', file, '--force'])).toMatchObject({ status: 0 });
    expect(readFileSync(file, 'utf8')).not.toContain('MINE');
    const printed = await said(['init', ...cyrusFlags]);
    expect(printed.out).toBe(readFileSync(file, 'utf8'));
    expect(printed.err).toContain('event_notifier: default');
    expect(await said(['init', '-o', at('none/belfry.conf')])).toMatchObject({ status: 66 });
    expect(existsSync(at('none'))).toBe(false);
  });
});

describe('belfry doctor', () => {
  it('without a configuration says how to get one, and with JSON a line for each finding', async () => {
    const { status, out } = await said(['doctor', '-C', at('none.conf')]);
    expect(status).toBe(69);
    expect(out).toContain(`belfry init -o ${at('none.conf')}`);
    const json = await said(['doctor', '-C', at('none.conf'), '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ check: 'configuration', verdict: 'fault' });
  });

  it('shows the mistakes that belfry check finds', async () => {
    writeFileSync(at('wrong.conf'), `configdirectory: ${directory}\nlog_level: loud\n`);
    const { out } = await said(['doctor', '-C', at('wrong.conf'), ...cyrusFlags, '--json']);
    const findings = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(findings[0]).toMatchObject({
      check: 'configuration',
      verdict: 'fault',
      place: { line: 2, option: 'log_level' },
    });
    expect(new Set(findings.map(({ check }) => check))).toContain('event');
  });
});
