/** Looks for the script of the driver, so it waits for the disk. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dovecotCheck } from '../../src/doctor/dovecot-check.ts';
import { readDovecot } from '../../src/doctor/dovecot-conf.ts';
import { driversOf, pluginsOf } from '../../src/doctor/dovecot-plugins.ts';
import { reader } from '../config/fixture.ts';
import { blocksIn } from '../documentation/blocks.ts';
import { doctorContext, wrongIn } from './doctor-context.ts';

const main = '/etc/dovecot/dovecot.conf';
const script = join(import.meta.dirname, '../../config/dovecot/belfry.lua');
const own = ['http_listen: 127.0.0.1:8090', 'http_token: 3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP'];
const blockOf = (version: string): readonly string[] =>
  (
    blocksIn('docs/getting-started-dovecot.md').find(({ language }) => language === `dovecot-${version}.conf`)?.text ??
    ''
  )
    .replace('/usr/share/belfry/dovecot/belfry.lua', script)
    .replace(/( *)belfry_url = .*/, '$&\n$1belfry_token = 3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP')
    .split('\n');

const wrong = (lines: readonly string[], belfry: readonly string[] = own) =>
  wrongIn(dovecotCheck, doctorContext({ '/etc/belfry.conf': belfry, [main]: lines }));
const replaced = (version: string, from: string | RegExp, to: string) =>
  blockOf(version).map((line) => line.replace(from, to));
const lineOf = (version: string, text: string): number => blockOf(version).findIndex((line) => line.includes(text)) + 1;

describe.each(['2.3', '2.4'])('Dovecot %s', (version) => {
  it('as in the documentation has no fault', async () => {
    expect(await wrong(blockOf(version))).toEqual([]);
  });

  it('without a plugin, with another port, token, path or scheme, or without the script', async () => {
    const driver = version === '2.3' ? lineOf(version, 'push_notification_driver') : lineOf(version, 'driver = lua');
    const option = version === '2.3' ? 'push_notification_driver' : 'push_notification belfry';
    const faults = [`fault ${main}:${driver} ${option}`];
    expect(await wrong(replaced(version, ':8090', ':8091'))).toEqual(faults);
    expect(await wrong(replaced(version, 'token = 3', 'token = 4'))).toEqual(faults);
    expect(await wrong(replaced(version, /8090\/dovecot/, '8090/'))).toEqual(faults);
    expect(await wrong(replaced(version, 'http://', 'https://'))).toEqual(faults);
    expect(await wrong(replaced(version, script, '/nonexistent'))).toEqual(faults);
    expect(await wrong(blockOf(version), ['notifysocket: /x'])).toEqual(faults);
    const without = await wrong(replaced(version, version === '2.3' ? ' mail_lua ' : '  mail_lua = yes', ' '));
    expect(without).toHaveLength(2);
    expect(without.every((one) => one.startsWith(`fault ${main}`))).toBe(true);
  });
});

it('knows that lmtp has plugins of its own in 2.3, and what $mail_plugins is where the line stands', () => {
  const read = (lines: readonly string[]) => {
    const files = { [main]: lines.join('\n') };
    return pluginsOf(readDovecot(main, reader(files))).map(
      ({ protocol, plugins }) => `${protocol}: ${[...plugins].join(' ')}`,
    );
  };
  const lmtp = ['protocol lmtp {', '  mail_plugins = $mail_plugins sieve', '}'];
  expect(read([...lmtp, 'mail_plugins = notify'])).toEqual(['lmtp: sieve', 'imap: notify']);
  expect(read(['mail_plugins = notify', ...lmtp])).toEqual(['lmtp: notify sieve', 'imap: notify']);
});

it('reads files that are included, comments, continued lines and braces in values', () => {
  const files = {
    [main]: '!include conf.d/*.conf\n!include_try local.conf\nmail_plugins = a \\\n  b # not this\n',
    '/etc/dovecot/conf.d/10-a.conf': 'service lmtp {\n  inet_listener lmtp {\n    port = 24\n  }\n}\n',
    '/etc/dovecot/conf.d/20-b.conf': 'mail_home = /home/%{user}\nname = "x # y"\n',
  };
  const { settings } = readDovecot(main, reader(files), () => ['20-b.conf', '10-a.conf', 'c.txt']);
  expect(settings.map(({ blocks, name, value, file, line }) => [...blocks, name, value, file.slice(13), line])).toEqual(
    [
      ['service lmtp', 'inet_listener lmtp', 'port', '24', 'conf.d/10-a.conf', 3],
      ['mail_home', '/home/%{user}', 'conf.d/20-b.conf', 1],
      ['name', 'x # y', 'conf.d/20-b.conf', 2],
      ['mail_plugins', 'a b', 'dovecot.conf', 4],
    ],
  );
});

it('tells a patient OX driver from one that gives up', () => {
  const drivers = (options: string) =>
    driversOf(
      readDovecot(
        main,
        reader({ [main]: `plugin {\n  push_notification_driver = ox:url=http://h/dovecot${options}\n}\n` }),
      ),
    );
  expect(drivers('')).toMatchObject([{ kind: 'ox', url: 'http://h/dovecot', isPatient: true }]);
  expect(drivers(' timeout_msecs=500 max_retries=0')).toMatchObject([{ isPatient: false }]);
});

it('is not meant to report where Cyrus does, and belfry does not listen for it', async () => {
  const files = { [main]: ['protocols = imap'], '/etc/imapd.conf': ['event_notifier: default'] };
  expect(await wrongIn(dovecotCheck, doctorContext(files))).toEqual(['unchecked']);
  expect(await wrong(['protocols = imap'])).toEqual([`fault ${main}`]);
});
