/**
 * A relay between a real Cyrus IMAP and belfry keeps every byte while the drivers play all they know, and what each
 * notifier got is compared with it. belfry runs with its default options; only what a documented filter explains may be
 * missing.
 */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { isLong } from '../support/long.ts';
import { type Account, accountOf } from './account.ts';
import { type CyrusRelease, cyrus36, cyrus310, cyrusWorkspace, startCyrus } from './cyrus.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { type ComparedNotification, type Delivered, deliveredToLog, notificationOfFrame } from './notification.ts';
import { type KeepingNotifier, keepingNotifierNames, keepingNotifiers } from './notifiers.ts';
import { type Sent, startRelay, type Transport } from './relay.ts';
import { printTable } from './table.ts';

/** Cyrus' own groups (imapd.conf(5), event_groups), of which two pass by default. */
const everyGroup = 'message quota flags access mailbox subscription calendar applepushservice jmap';
const passedByDefault = new Set([
  ...['MessageAppend', 'MessageExpire', 'MessageExpunge', 'MessageNew', 'vnd.cmu.MessageCopy', 'vnd.cmu.MessageMove'],
  ...['MailboxCreate', 'MailboxDelete', 'MailboxRename', 'AclChange', 'MailboxModseq'],
  // No events: groups do not concern them.
  ...['MAIL', 'SIEVE', 'IMIP'],
]);

/** What the drivers provoke on every release. */
const everyType = [
  ...['AclChange', 'ApplePushService', 'ApplePushServiceDAV', 'CalendarAlarm', 'FlagsClear', 'FlagsSet', 'IMIP'],
  ...['Login', 'Logout', 'MAIL', 'MailboxCreate', 'MailboxDelete', 'MailboxModseq', 'MailboxRename'],
  ...['MailboxSubscribe', 'MailboxUnSubscribe', 'MessageAppend', 'MessageExpire', 'MessageExpunge', 'MessageNew'],
  ...['MessageRead', 'MessageTrash', 'QuotaChange', 'SIEVE', 'vnd.cmu.MessageCopy', 'vnd.cmu.MessageMove'],
];

/** Each release by both transports; where the run is not long, either transport with one release. */
const releases: readonly (readonly [CyrusRelease, readonly Transport[]])[] = isLong
  ? [
      [cyrus36, ['datagrams', 'stream']],
      [cyrus310, ['datagrams', 'stream']],
    ]
  : [
      [cyrus36, ['datagrams']],
      [cyrus310, ['stream']],
    ];

/** The log notifiers beside those that keep everything: the one has belfry's defaults in everything. */
const plain = 'plain';

for (const [release, transports] of releases) {
  const { name, missing } = release;
  const title = `Cyrus IMAP ${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`;
  describe.skipIf(missing !== undefined)(title, () => {
    test.each(transports)('by %s: all that it sends reaches every notifier, equal and in order', async (transport) => {
      const directory = await cyrusWorkspace(release, onTestFinished);
      const [forward, listen] = [join(directory, 'belfry'), join(directory, 'notify')];
      const prefix = transport === 'stream' ? 'dlist:' : '';
      const plainFile = join(directory, 'plain.log');
      const kept = await keepingNotifiers(
        directory,
        [
          `notifysocket: ${prefix}${forward}`,
          ...['journal', 'program', 'hook'].map((notifier) => `${notifier}_event_groups: ${everyGroup}`),
          ...[`${plain}_method: log`, `${plain}_log_file: ${plainFile}`],
          // What Cyrus has as well.
          'sievenotifier: default',
        ],
        onTestFinished,
        [plain],
      );
      const daemon = await startDaemon(['serve', '-C', kept.configurationFile], onTestFinished);
      const relay = await startRelay({ transport, listen, forward, record: join(directory, 'sent') }, onTestFinished);
      const cyrus = await startCyrus(
        { release, state: join(directory, 'cyrus'), notifySocket: `${prefix}${listen}` },
        onTestFinished,
      );
      // 600 messages at once, each of which three notifiers are told of: where the run is not long, by the stream only.
      await cyrus.driveAll(isLong || transport === 'stream' ? [] : ['bulk']);
      await cyrus.stop();
      const sent = await relay.finish();
      await kept.idle();
      expect(await daemon.stop()).toEqual({ status: 0, signal: null });

      const notifications = sent.filter((one) => !isByMail(one)).map(({ frame }) => notificationOfFrame(frame));
      const read = await kept.read();
      expectSameIds(read);
      expect(await invalidEvents(read.webhook)).toEqual([]);
      expect(failures(daemon)).toEqual([]);
      const delivered: readonly (readonly [string, readonly ComparedNotification[]])[] = [
        ...Object.entries(read),
        [plain, await deliveredToLog(plainFile)],
      ];
      const accounts = delivered.map(([notifier, ones]) => [notifier, accountOf(notifications, ones)] as const);
      printAccounts(`Cyrus IMAP ${name} by ${transport}`, accounts);
      const large = sent.filter(({ size }) => size > 21_267).length;
      process.stdout.write(
        `  ${sent.length} requests, ${large} too long for a datagram; the longest wait of the sender: ${Math.max(...sent.map(({ heldMs }) => heldMs))} ms\n\n`,
      );

      expect([...new Set(sent.map(({ frame }) => notificationOfFrame(frame).type))].sort()).toEqual(
        expect.arrayContaining(everyType),
      );
      if (transport === 'stream') {
        expect(sent.map(({ answer }) => answer ?? '').filter((answer) => !/^OK %\(ID \w+\)\r\n$/.test(answer))).toEqual(
          [],
        );
        expect(large).toBeGreaterThan(0);
      }
      const unwanted = sent.filter(isUnwantedMethod).length;
      for (const [notifier, account] of accounts) {
        for (const [type, { changed, missing: lost, sent: all }] of account) {
          const filtered = notifier === plain && !passedByDefault.has(type) ? all : type === 'SIEVE' ? unwanted : 0;
          expect({ notifier, type, changed, missing: lost }).toEqual({ notifier, type, changed: 0, missing: filtered });
        }
      }
      const mails = await kept.mails();
      const mailed = mails.flatMap(({ words }) => words.slice(words.indexOf('--') + 1));
      expect(mailed.sort()).toEqual(sent.filter(isByMail).flatMap(recipientsOf).sort());
      for (const { text } of mails) expect(text).toMatch(/^Auto-Submitted: auto-notified/m);
      expect((await cyrus.complaints()).filter(isRefusal)).toEqual([]);
    });
  });
}

/** A Sieve script that names the method mailto: the request goes to its recipient by mail and to nobody else. */
const isByMail = ({ frame }: Sent): boolean => frame.class === 'SIEVE' && frame.method === 'mailto';

/** A Sieve script may name any URI, and sieve_notifiers lets none of these pass. */
const isUnwantedMethod = ({ frame }: Sent): boolean =>
  frame.class === 'SIEVE' && frame.method !== 'mailto' && frame.method !== 'default';

/** What Cyrus itself drops as longer than its limit for a datagram was never sent. */
const isRefusal = (complaint: string): boolean => !complaint.includes('datagram too large');

/** The first option is a URI without `mailto:`: addresses, and headers, of which Cc counts as well; each address once. */
function recipientsOf({ frame }: Sent): readonly string[] {
  const [to = '', headers = ''] = (frame.options[0] ?? '').split('?');
  const copies = headers.split('&').filter((header) => /^(?:to|cc)=/i.test(header));
  const lists = [to, ...copies.map((header) => header.replace(/^[^=]*=/, ''))];
  return [...new Set(lists.flatMap((list) => decodeURIComponent(list).split(',')))];
}

/** Events for which there is no schema, or which break the one of their type. */
async function invalidEvents(
  delivered: readonly Delivered[],
): Promise<readonly { readonly type: string; readonly why: string }[]> {
  const schemas = await loadSchemas();
  return delivered
    .filter(({ lane }) => lane.startsWith('EVENT '))
    .flatMap(({ type, content }) => {
      const validity = schemas.validate(JSON.parse(content));
      if (!validity.ok) return [{ type, why: JSON.stringify(validity.errors) }];
      return validity.known ? [] : [{ type, why: 'there is no schema for it' }];
    });
}

/** The ids are one to a request and the same for every notifier. */
function expectSameIds(delivered: Readonly<Record<KeepingNotifier, readonly Delivered[]>>): void {
  const idsOf = (notifier: KeepingNotifier): readonly string[] => delivered[notifier].map(({ id }) => id).sort();
  expect(new Set(idsOf('log')).size).toBe(delivered.log.length);
  for (const notifier of keepingNotifierNames) expect(idsOf(notifier), notifier).toEqual(idsOf('log'));
}

/** Whatever the daemon did not deliver at the first attempt, and what it could not use. */
function failures(daemon: Daemon): readonly unknown[] {
  return daemon.lines().filter(({ outcome }) => outcome !== undefined && outcome !== 'delivered');
}

function printAccounts(heading: string, accounts: readonly (readonly [string, ReadonlyMap<string, Account>])[]): void {
  const types = [...new Set(accounts.flatMap(([, account]) => [...account.keys()]))].sort();
  const none: Account = { sent: 0, equal: 0, changed: 0, missing: 0 };
  const row = (label: string, of: (account: ReadonlyMap<string, Account>) => Account): readonly (string | number)[] => [
    label,
    Math.max(...accounts.map(([, account]) => of(account).sent)),
    ...accounts.flatMap(([, account]) => {
      const { equal, changed, missing } = of(account);
      return [equal, changed, missing];
    }),
  ];
  const total = (account: ReadonlyMap<string, Account>): Account =>
    [...account.values()].reduce(
      (sum, one) => ({
        sent: sum.sent + one.sent,
        equal: sum.equal + one.equal,
        changed: sum.changed + one.changed,
        missing: sum.missing + one.missing,
      }),
      none,
    );
  printTable(heading, [
    ['event type or class', 'sent', ...accounts.flatMap(([notifier]) => [`${notifier}: equal`, 'changed', 'missing'])],
    ...types.map((type) => row(type, (account) => account.get(type) ?? none)),
    row('all', total),
  ]);
}
