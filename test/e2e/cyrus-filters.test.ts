/** A real Cyrus IMAP in Debian's namespace, and notifiers that each get a part of what it reports. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import stringify from 'fast-json-stable-stringify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import { cyrusIsMissing, startCyrus } from './cyrus.ts';
import { belfry, startDaemon } from './daemon.ts';
import { type ComparedNotification, deliveredToLog, lanesOf, linesOf, notificationOfFrame } from './notification.ts';
import { startRelay } from './relay.ts';
import { printTable } from './table.ts';
import { makeWorkspace } from './workspace.ts';

type Event = Readonly<Record<string, unknown>>;

interface View {
  readonly name: string;
  /** Options of this notifier alone. */
  readonly options: Readonly<Record<string, string>>;
  /** What of an event it is to be delivered; undefined for nothing. */
  readonly expected: (event: Event, place: string) => Event | undefined;
}

const everyGroup = 'message quota flags access mailbox subscription calendar applepushservice';
const flags = new Set(['FlagsSet', 'FlagsClear', 'MessageRead', 'MessageTrash']);
const messages = new Set([
  'MessageAppend',
  'MessageExpire',
  'MessageExpunge',
  'MessageNew',
  'vnd.cmu.MessageCopy',
  'vnd.cmu.MessageMove',
]);
const mailboxes = new Set(['MailboxCreate', 'MailboxDelete', 'MailboxRename', 'AclChange', 'MailboxModseq']);
/** The optional parameters but timestamp and modseq (imapd.conf(5), event_extra_params). */
const optional = new Set([
  ...['bodyStructure', 'clientIP', 'clientPort', 'diskUsed', 'flagNames', 'messageContent', 'messageSize', 'messages'],
  ...['service', 'uidnext', 'vnd.cmu.midset', 'vnd.cmu.unseenMessages', 'vnd.cmu.envelope', 'vnd.cmu.sessionId'],
  ...['vnd.cmu.mailboxACL', 'vnd.cmu.mbtype', 'vnd.cmu.davFilename', 'vnd.cmu.davUid', 'vnd.cmu.emailid'],
  ...['vnd.cmu.threadid', 'vnd.fastmail.clientId', 'vnd.fastmail.sessionId', 'vnd.fastmail.cid'],
  'vnd.fastmail.jmapEmail',
]);
/** For these types they are what the event is about. */
const essential: Readonly<Record<string, readonly string[]>> = {
  FlagsSet: ['flagNames'],
  FlagsClear: ['flagNames'],
  QuotaChange: ['messages'],
};

const typeOf = (event: Event): string => String(event['event']);

const views: readonly View[] = [
  {
    name: 'all',
    options: { event_groups: everyGroup, event_exclude_specialuse: 'none' },
    expected: (event) => event,
  },
  {
    name: 'defaults',
    options: {},
    expected: (event, place) =>
      (messages.has(typeOf(event)) || mailboxes.has(typeOf(event))) && !place.includes('Gr%C3%BC') ? event : undefined,
  },
  {
    name: 'flags',
    options: {
      event_groups: 'flags message',
      event_exclude_specialuse: 'none',
      event_exclude_flags: '\\flagged \\Deleted',
    },
    expected: (event) => {
      if (typeOf(event) === 'FlagsSet') return { ...event, flagNames: 'kw' };
      if (typeOf(event) === 'MessageTrash') return undefined;
      return flags.has(typeOf(event)) || messages.has(typeOf(event)) ? event : undefined;
    },
  },
  {
    name: 'inboxes',
    options: { event_groups: everyGroup, event_exclude_specialuse: 'ALL' },
    expected: (event, place) => (/^(user\.[a-z]+|of user .*)$/.test(place) ? event : undefined),
  },
  {
    name: 'few',
    options: { event_groups: everyGroup, event_exclude_specialuse: 'none', event_extra_params: 'timestamp modseq' },
    expected: (event) => {
      const stays = (name: string): boolean =>
        !optional.has(name) || (essential[typeOf(event)]?.includes(name) ?? false);
      return Object.fromEntries(Object.entries(event).filter(([name]) => stays(name)));
    },
  },
];

const missing = cyrusIsMissing();
const title =
  missing === undefined ? 'a real Cyrus IMAP, filtered' : `a real Cyrus IMAP, filtered (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(title, () => {
  test("in Debian's namespace each notifier gets what its own filters let through", async () => {
    const directory = await makeWorkspace(onTestFinished);
    const forward = join(directory, 'belfry');
    const configurationFile = join(directory, 'belfry.conf');
    await writeFile(configurationFile, configuration(directory, forward));
    const daemon = await startDaemon(['serve', '-C', configurationFile], onTestFinished);
    const notifySocket = join(directory, 'notify');
    const relay = await startRelay({ listen: notifySocket, forward, record: join(directory, 'sent') }, onTestFinished);
    const cyrus = await startCyrus(
      { state: join(directory, 'cyrus'), notifySocket, env: { ALTNAMESPACE: 'no', UNIXHIERARCHYSEP: 'no' } },
      onTestFinished,
    );
    await cyrus.drive(['debian']);
    await cyrus.stop();
    const sent = (await relay.finish()).map(({ frame }) => frame).filter((frame) => frame.class === 'EVENT');
    const expected = new Map(views.map((view) => [view.name, expectedBy(view, sent.map(notificationOfFrame))]));

    const rows: (string | number)[][] = [['notifier', 'sent', 'expected', 'delivered']];
    for (const { name } of views) {
      const wanted = expected.get(name) ?? [];
      const file = join(directory, `${name}.log`);
      await until(`${name} to get ${wanted.length}`, async () => (await linesOf(file)).length >= wanted.length);
    }
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    for (const { name } of views) {
      const delivered = await deliveredToLog(join(directory, `${name}.log`));
      const wanted = expected.get(name) ?? [];
      rows.push([name, sent.length, wanted.length, delivered.length]);
      expect(lanesOf(delivered), name).toEqual(lanesOf(wanted));
    }
    printTable('Filters on what Cyrus IMAP sends', rows);
  });
});

/** One file of Debian's and one line make a daemon: this is how an administrator begins. */
describe.skipIf(missing !== undefined)(title, () => {
  test("Debian's own /etc/imapd.conf is a configuration as it is", async () => {
    const checked = await belfry(['check', '-C', '/etc/imapd.conf']);
    expect(checked).toMatchObject({ status: 0 });
    expect(checked.stdout).toContain('/etc/imapd.conf:');
  });
});

function configuration(directory: string, notifySocket: string): string {
  const options = views.flatMap(({ name, options: own }) => [
    `${name}_method: log`,
    `${name}_log_file: ${join(directory, `${name}.log`)}`,
    `${name}_classes: EVENT`,
    ...Object.entries(own).map(([option, value]) => `${name}_${option}: ${value}`),
  ]);
  const lines = [
    `configdirectory: ${directory}`,
    `notifysocket: ${notifySocket}`,
    `notifiers: ${views.map(({ name }) => name).join(' ')}`,
    'special_use: \\Junk="user.*.Grüße & Co"',
    ...options,
  ];
  return `${lines.join('\n')}\n`;
}

function expectedBy({ expected }: View, sent: readonly ComparedNotification[]): readonly ComparedNotification[] {
  return sent.flatMap(({ type, lane, content }) => {
    const event = expected(JSON.parse(content), lane.replace(/^EVENT /, ''));
    return event === undefined ? [] : [{ type, lane, content: stringify(event) }];
  });
}
