import { describe, expect, it } from 'vitest';
import { cyrusCheck } from '../../src/doctor/cyrus-check.ts';
import { cyrusMasterCheck } from '../../src/doctor/cyrus-master-check.ts';
import { doctorContext, findingsOf, wrongIn } from './doctor-context.ts';

const own = [
  'notifysocket: /run/belfry/notify',
  'event_groups: message flags',
  'notifiers: audit',
  'audit_method: log',
];
const right = ['event_notifier: default', 'event_groups: message flags mailbox', 'notifysocket: /run/belfry/notify'];

const context = (imapd: readonly string[], others: Readonly<Record<string, readonly string[]>> = {}) =>
  doctorContext({ '/etc/belfry.conf': own, '/etc/imapd.conf': imapd, ...others });

describe('imapd.conf', () => {
  it('that is right has no fault', async () => {
    expect(await wrongIn(cyrusCheck, context(right))).toEqual([]);
  });

  it.each<readonly [string, readonly string[], readonly string[]]>([
    ['no event_notifier', right.slice(1), ['fault /etc/imapd.conf event_notifier']],
    ['notifysocket twice', [...right, 'notifysocket: /x'], ['fault /etc/imapd.conf:4 notifysocket']],
    ['another socket', [...right.slice(0, 2), 'notifysocket: /x'], ['fault /etc/imapd.conf:3 notifysocket']],
    [
      'a stream at the same path',
      [...right.slice(0, 2), 'notifysocket: dlist:/run/belfry/notify'],
      ['fault /etc/imapd.conf:3 notifysocket'],
    ],
    [
      'no notifysocket',
      [...right.slice(0, 2), 'configdirectory: /var/lib/cyrus'],
      ['fault /etc/imapd.conf:3 notifysocket'],
    ],
    ['an unknown notifier', ['event_notifier: crm', ...right.slice(1)], ['fault /etc/imapd.conf:1 event_notifier']],
    ['external without a program', [...right, 'mailnotifier: external'], ['fault /etc/imapd.conf:4 mailnotifier']],
    [
      'the group quota',
      [right[0] ?? '', 'event_groups: message quota', right[2] ?? ''],
      ['fault /etc/imapd.conf:2 event_groups'],
    ],
    [
      'the group jmap',
      [right[0] ?? '', 'event_groups: message jmap', right[2] ?? ''],
      ['warning /etc/imapd.conf:2 event_groups'],
    ],
    ['excluded flags', [...right, 'event_exclude_flags: \\Seen'], ['fault /etc/imapd.conf:4 event_exclude_flags']],
    ['a line that is none', [...right, 'colour red'], ['fault /etc/imapd.conf:4']],
  ])('with %s', async (_, lines, expected) => {
    expect(await wrongIn(cyrusCheck, context(lines))).toEqual(expected);
  });

  it('has the default group without flags, which a notifier may ask for', async () => {
    const asking = [...own, 'audit_events: FlagsSet'];
    const files = {
      '/etc/belfry.conf': asking,
      '/etc/imapd.conf': right.filter((line) => !line.startsWith('event_groups')),
    };
    const [fault] = (await findingsOf(cyrusCheck, doctorContext(files))).filter(({ verdict }) => verdict === 'fault');
    expect(fault?.remedy).toContain('event_groups: message mailbox flags');
  });

  it('knows a socket that master passes to belfry', async () => {
    const master = ['SERVICES {', '  notify cmd="/usr/bin/belfry serve" listen="/x" proto="udp" prefork=1', '}'];
    const lines = [...right.slice(0, 2), 'notifysocket: /x'];
    expect(await wrongIn(cyrusCheck, context(lines, { '/etc/cyrus.conf': master }))).toEqual([]);
  });

  it('that is not there, or is not readable, was not checked', async () => {
    expect(await wrongIn(cyrusCheck, doctorContext({ '/etc/belfry.conf': own }))).toEqual(['unchecked']);
    const named = doctorContext({ '/etc/belfry.conf': own }, { named: { imapdConf: '/x/imapd.conf' } });
    expect(await wrongIn(cyrusCheck, named)).toEqual(['unchecked']);
  });
});

describe('cyrus.conf', () => {
  const master = (line: string) => context(right, { '/etc/cyrus.conf': ['START {', '}', 'SERVICES {', line, '}'] });

  it.each<readonly [string, readonly string[]]>([
    ['  imap cmd="imapd" listen="imap"', []],
    ['  # notify cmd="notifyd" listen="/run/belfry/notify" proto="udp"', []],
    ['  notify cmd="/usr/sbin/belfry" listen="/run/belfry/notify" proto="udp"', []],
    ['  notify cmd="notifyd" listen="/run/belfry/notify" proto="udp"', ['fault /etc/cyrus.conf:4']],
    ['  notify cmd="/usr/lib/cyrus/bin/notifyd -m log" listen=/run/belfry/notify', ['fault /etc/cyrus.conf:4']],
    ['  notify cmd="notifyd" listen="/run/cyrus/socket/notify" proto="udp"', ['warning /etc/cyrus.conf:4']],
  ])('%s', async (line, expected) => {
    expect(await wrongIn(cyrusMasterCheck, master(line))).toEqual(expected);
  });
});
