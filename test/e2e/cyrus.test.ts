/** A real Cyrus IMAP writes straight into the daemon's socket, and every notifier is told all that the daemon takes. */
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { parseEntryId } from '../../src/spool/entry-id.ts';
import { until } from '../support/until.ts';
import { cyrusIsMissing, startCyrus } from './cyrus.ts';
import { belfry, type Daemon, startDaemon } from './daemon.ts';
import { keepingNotifiers, type Teller, tellers } from './notifiers.ts';
import { printTable } from './table.ts';
import { lanesOf, type Telling, type Told } from './telling.ts';
import { makeWorkspace } from './workspace.ts';

/** What Cyrus 3.6.1 sends under its driver, all scenarios; QuotaExceed and QuotaWithin kill its processes instead. */
const everyType = [
  'AclChange',
  'ApplePushService',
  'ApplePushServiceDAV',
  'CalendarAlarm',
  'FlagsClear',
  'FlagsSet',
  'IMIP',
  'Login',
  'Logout',
  'MAIL',
  'MailboxCreate',
  'MailboxDelete',
  'MailboxModseq',
  'MailboxRename',
  'MailboxSubscribe',
  'MailboxUnSubscribe',
  'MessageAppend',
  'MessageExpire',
  'MessageExpunge',
  'MessageNew',
  'MessageRead',
  'MessageTrash',
  'QuotaChange',
  'SIEVE',
  'vnd.cmu.MessageCopy',
  'vnd.cmu.MessageMove',
];

/** What is not on by default. */
const everyGroup = 'event_groups: message quota flags access mailbox subscription calendar applepushservice jmap';

const missing = cyrusIsMissing();
const title = missing === undefined ? 'a real Cyrus IMAP' : `a real Cyrus IMAP (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(title, () => {
  test('with nothing between the two, all that the daemon takes reaches log, exec and webhook', async () => {
    const directory = await makeWorkspace(onTestFinished);
    const socket = join(directory, 'notify');
    const lines = [`notifysocket: ${socket}`, 'notifysocket_mode: 0666', everyGroup, 'sievenotifier: default'];
    const kept = await keepingNotifiers(directory, lines, onTestFinished);
    const daemon = await startDaemon(['serve', '-C', kept.configurationFile], onTestFinished);
    const cyrus = await startCyrus({ state: join(directory, 'cyrus'), notifySocket: socket }, onTestFinished);
    await cyrus.drive(['all']);
    await cyrus.stop();
    // Its position in the log tells how many requests the daemon has taken before it.
    await belfry(['send', '-f', socket, '-c', 'LAST', '-t', 'nothing comes after this']);
    const last = await until('the last request to be told', async () =>
      (await kept.readLog()).find(({ type }) => type === 'LAST'),
    );
    const taken = parseEntryId(last.id)?.position ?? 0;
    await kept.told(taken);
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });

    const told = await kept.read();
    const mails = await kept.mails();
    const types = [...told.log.map(typeOf), ...mails.map(() => 'SIEVE')];
    await printAccount('Cyrus IMAP, straight into the daemon (taken: by its log)', types, told, mails.length);
    expect([...new Set(types)].sort()).toEqual([...everyType, 'LAST'].sort());
    expect(types.length).toBe(taken);
    for (const teller of tellers) expect(lanesOf(told[teller]), teller).toEqual(lanesOf(told.log));
    expectSameIds(told);
    expect(failures(daemon)).toEqual([]);
    expect(await invalidEvents(told.webhook)).toEqual([]);
    expect((await cyrus.complaints()).filter(isRefusal)).toEqual([]);
  });
});

const typeOf = (telling: Telling): string => telling.type;

/** A line for each type: how many were sent, how many of them each notifier was told, and how many of those are valid. */
async function printAccount(
  heading: string,
  sent: readonly string[],
  told: Readonly<Record<Teller, readonly Told[]>>,
  mails: number,
): Promise<void> {
  const invalid = await invalidEvents(told.webhook);
  const row = (name: string, matches: (type: string) => boolean): readonly (string | number)[] => {
    const of = (types: readonly string[]): number => types.filter(matches).length;
    const byMail = matches('SIEVE') ? mails : 0;
    const toldOf = tellers.map((teller) => of(told[teller].map(typeOf)));
    const valid = of(told.webhook.map(typeOf)) - of(invalid.map(({ type }) => type)) + byMail;
    return [name, of(sent), ...toldOf, byMail, valid];
  };
  const types = [...new Set([...sent, ...told.webhook.map(typeOf)])].sort();
  printTable(heading, [
    ['event type or class', 'sent', ...tellers, 'mailto', 'valid'],
    ...types.map((type) => row(type, (other) => other === type)),
    row('all', () => true),
  ]);
}

/** Events for which there is no schema, or which break the one of their type. */
async function invalidEvents(
  told: readonly Told[],
): Promise<readonly { readonly type: string; readonly why: string }[]> {
  const schemas = await loadSchemas();
  return told
    .filter(({ lane }) => lane.startsWith('EVENT '))
    .flatMap(({ type, content }) => {
      const validity = schemas.validate(JSON.parse(content));
      if (!validity.ok) return [{ type, why: JSON.stringify(validity.errors) }];
      return validity.known ? [] : [{ type, why: 'there is no schema for it' }];
    });
}

/** The ids are one to a request and the same for every notifier. */
function expectSameIds(told: Readonly<Record<Teller, readonly Told[]>>): void {
  const idsOf = (teller: Teller): readonly string[] => told[teller].map(({ id }) => id).sort();
  expect(new Set(idsOf('log')).size).toBe(told.log.length);
  for (const teller of tellers) expect(idsOf(teller), teller).toEqual(idsOf('log'));
}

/** Whatever the daemon did not deliver at the first attempt, and what it set aside. */
function failures(daemon: Daemon): readonly unknown[] {
  return daemon.lines().filter(({ outcome }) => outcome !== undefined && outcome !== 'delivered');
}

/** What Cyrus itself drops as longer than its limit for a datagram was never sent. */
const isRefusal = (complaint: string): boolean => !complaint.includes('datagram too large');
