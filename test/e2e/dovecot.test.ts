/** A real Dovecot, 2.3 and 2.4, reports to belfry over HTTP: all that it can report, and each once. */
import { describe, expect, test } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { isLong } from '../support/long.ts';
import { type Driver, dovecot23, dovecot24 } from './dovecot.ts';
import { journalOf, makeSite, titleOf, untilAllDelivered } from './dovecot-site.ts';
import { deliver } from './lmtp.ts';
import { printTable } from './table.ts';

const everyType = [
  'FlagsClear',
  'FlagsSet',
  'MailboxCreate',
  'MailboxDelete',
  'MailboxRename',
  'MailboxSubscribe',
  'MailboxUnSubscribe',
  'MessageAppend',
  'MessageExpunge',
  'MessageNew',
  'MessageRead',
  'MessageTrash',
];

/** What distinguishes one occurrence in a session from another, wherever and whenever the session was played. */
function occurrence(event: MailEvent): string {
  const place = (uri: unknown): string =>
    String(uri)
      .replace(/@[^/]+\//, '/')
      .replace(/;UIDVALIDITY=\d+/, '');
  const { event: type, uri, uidset = '', flagNames = '', oldMailboxID = '' } = event;
  return [type, place(uri), uidset, flagNames, oldMailboxID === '' ? '' : place(oldMailboxID)].join(' ');
}

const schemas = await loadSchemas();

const two: readonly (readonly Driver[])[] = [['lua'], ['ox', 'lua']];
const four: readonly (readonly Driver[])[] = [...two, ['ox', 'dlog', 'lua'], ['ox']];

for (const [release, sets] of [
  [dovecot23, isLong ? four : two],
  [dovecot24, four],
] as const) {
  describe.skipIf(release.missing !== undefined)(titleOf(release), () => {
    test('every event that it can report is delivered: normalised, valid, and once, whichever drivers are active', async () => {
      const sessions = sets.map(async (drivers): Promise<readonly [string, readonly MailEvent[]]> => {
        const site = await makeSite(drivers, { release });
        await site.dovecot.drive();
        await site.dovecot.stop();
        await untilAllDelivered(site);
        const events = await journalOf(site);
        expect(await site.dovecot.logged('belfry:', 'Panic', 'Fatal')).toEqual([]);
        expect(await site.daemon.stop()).toEqual({ status: 0, signal: null });
        return [drivers.join(' '), events];
      });
      // Beside each other, because a session mostly waits.
      const delivered = new Map(await Promise.all(sessions));
      const counts = (type: string): readonly number[] =>
        [...delivered.values()].map((events) => events.filter(({ event }) => event === type).length);
      printTable(
        `Dovecot ${release.name}, a session that provokes all its events: delivered by belfry, by the drivers that are active`,
        [['', ...delivered.keys()], ...everyType.map((type) => [type, ...counts(type)])],
      );

      for (const events of delivered.values()) {
        for (const event of events) expect(schemas.validate(event)).toEqual({ ok: true, known: true });
      }
      const occurrences = (drivers: string): readonly string[] => (delivered.get(drivers) ?? []).map(occurrence).sort();
      const alone = occurrences('lua');
      expect([...new Set(delivered.get('lua')?.map(({ event }) => event))].sort()).toEqual(everyType);
      for (const drivers of delivered.keys()) if (drivers.includes('lua')) expect(occurrences(drivers)).toEqual(alone);
      const arrivals =
        delivered.get('lua')?.filter(({ event }) => event === 'MessageNew' || event === 'MessageAppend') ?? [];
      expect(new Set(arrivals.map(({ uri }) => uri)).size).toBe(arrivals.length);
      if (!delivered.has('ox')) return;
      // The OX driver reports new mail in INBOX and nothing else, until a rename takes INBOX and what is noted there away.
      const inInbox = alone.filter((one) => /^MessageNew \S+\/INBOX\//.test(one));
      const renewed = inInbox.filter((one, i) => inInbox.indexOf(one) !== i);
      expect([...occurrences('ox'), ...renewed].sort()).toEqual(inInbox);
    });

    test('a subject of any bytes costs neither its event nor the name of the mailbox', async () => {
      const bytes = Buffer.from(
        'a \xff\xfe \xe2\x82 \xed\xa0\x80 \xc0\xaf \xf5 "q" \\ \x01 \xc3\xbc \xf0\x9f\x98\x80',
        'latin1',
      );
      for (const driver of ['lua', 'ox'] as const) {
        const site = await makeSite([driver], { release });
        await deliver(site.dovecot.lmtpPort, ['alice'], bytes);
        await site.dovecot.stop();
        await untilAllDelivered(site);
        const arrival = (await journalOf(site)).find(({ event }) => event === 'MessageNew');
        expect(arrival?.['uri']).toMatch(/^imap:\/\/alice@[a-z.]+\/INBOX;UIDVALIDITY=\d+\/;UID=1$/);
        expect(arrival?.['vnd.dovecot.subject']).toMatch(/^a .*\ufffd.* "q" \\ .* ü 😀$/s);
      }
    });
  });
}

describe.skipIf(dovecot23.missing !== undefined)(titleOf(dovecot23), () => {
  test('a message’s text is sent with belfry_snippet = yes, and by no other setting', async () => {
    for (const [belfry_snippet, expected] of [
      [undefined, 0],
      ['no', 0],
      ['yes', 1],
    ] as const) {
      const lua = { belfry_timeout_msecs: '60000', ...(belfry_snippet === undefined ? {} : { belfry_snippet }) };
      const site = await makeSite(['lua'], { lua });
      await deliver(site.dovecot.lmtpPort, ['alice'], 'with a text');
      await untilAllDelivered(site);
      const delivered = (await journalOf(site)).filter(({ event }) => event === 'MessageNew');
      expect(delivered).toHaveLength(1);
      expect(delivered.filter((event) => Object.hasOwn(event, 'vnd.dovecot.snippet'))).toHaveLength(expected);
      await site.dovecot.stop();
    }
  });

  test('http_token accepts requests with it in belfry_token, and no others', async () => {
    const token = '3oN2YqBPVr8d3oN2YqBPVr8d3oN2YqBP';
    for (const [lua, expected] of [
      [{ belfry_token: token }, 1],
      [{ belfry_token: `${token}x` }, 0],
    ] as const) {
      const site = await makeSite(['lua'], {
        lines: [`http_token: ${token}`],
        lua: { belfry_timeout_msecs: '60000', ...lua },
      });
      await deliver(site.dovecot.lmtpPort, ['alice'], 'with a token');
      await untilAllDelivered(site);
      expect((await journalOf(site)).filter(({ event }) => event === 'MessageNew')).toHaveLength(expected);
      expect((await site.dovecot.logged('401')).length > 0).toBe(expected === 0);
      await site.dovecot.stop();
    }
  });
});
