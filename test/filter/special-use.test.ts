import { describe, expect, it } from 'vitest';
import type { MailboxName } from '../../src/decode/mailbox.ts';
import {
  compileExcludedSpecialUse,
  compileSpecialUse,
  defaultSpecialUse,
  type SpecialUseEntry,
} from '../../src/filter/special-use.ts';
import { cyrusEvent, cyrusEvents, mailbox, mailboxOf } from './samples.ts';

const attributesOf = compileSpecialUse([
  { pattern: 'user/*/JunkBox', attribute: '\\Junk' },
  { pattern: 'INBOX/Both', attribute: '\\Junk' },
  { pattern: 'INBOX/Both', attribute: '\\Archive' },
]);

describe('the map of special uses', () => {
  it('gives a mailbox the attributes of all patterns that it matches', () => {
    expect(attributesOf(mailbox('user/john/JunkBox'))).toEqual(new Set(['\\Junk']));
    expect(attributesOf(mailbox('user/john/Both'))).toEqual(new Set(['\\Junk', '\\Archive']));
    expect(attributesOf(mailbox('user/john'))).toEqual(new Set());
  });

  it.each([
    ['user/john/Junk', '\\Junk'],
    ['user.john.Spam', '\\Junk'],
    ['user/john@example.org/Sent', '\\Sent'],
    ['user/john/Junk@example.org', '\\Junk'],
    ['user.john^doe@example.org.Drafts', '\\Drafts'],
    ['example.org!user.john.Archive', '\\Archive'],
    ['user/john/Trash', '\\Trash'],
    ['user/john/Lists/Junk', undefined],
    ['user.john.junk', undefined],
    ['user/john', undefined],
    ['Junk', undefined],
  ])('knows usual names: %s is %s', (name, attribute) => {
    const found = [...compileSpecialUse(defaultSpecialUse)(mailbox(name))];
    expect(found).toEqual(attribute === undefined ? [] : [attribute]);
  });
});

describe('event_exclude_specialuse', () => {
  const detailFor = (excluded: readonly string[], type: string, name: MailboxName | undefined): string | undefined => {
    const outcome = compileExcludedSpecialUse(excluded, attributesOf, false)?.({ event: type }, type, name, 'http');
    if (outcome === undefined) return undefined;
    if (!('reason' in outcome)) throw new Error('event_exclude_specialuse changes nothing');
    expect(outcome.reason.option).toBe('event_exclude_specialuse');
    return outcome.reason.detail;
  };

  it('is no rule when the list is empty', () => {
    expect(compileExcludedSpecialUse([], attributesOf, true)).toBeUndefined();
  });

  it.each([
    [['\\Junk'], 'user/john/JunkBox', 'its mailbox is \\Junk'],
    [['\\junk'], 'user/john/JunkBox', 'its mailbox is \\Junk'],
    [['\\Trash', '\\Archive'], 'user/john/Both', 'its mailbox is \\Archive'],
    [['\\Trash'], 'user/john/JunkBox', undefined],
    [['\\Junk'], 'user/john', undefined],
    [['ALL'], 'user/john', undefined],
    [['all'], 'user/john/Sub', 'ALL: its mailbox is not an INBOX'],
    [['ALL'], 'shared/news', 'ALL: its mailbox is not an INBOX'],
    [['ALL', '\\Junk'], 'user/john/JunkBox', 'ALL: its mailbox is not an INBOX'],
  ])('%j and %s: %s', (excluded, name, detail) => {
    expect(detailFor(excluded, 'MessageNew', mailbox(name))).toBe(detail);
  });

  it('can exclude an INBOX by its attribute beside ALL', () => {
    const junkInbox = compileSpecialUse([{ pattern: 'user/spam', attribute: '\\Junk' }]);
    const rule = compileExcludedSpecialUse(['ALL', '\\Junk'], junkInbox, false);
    expect(rule?.({ event: 'MessageNew' }, 'MessageNew', mailbox('user/spam'), 'http')).toHaveProperty('reason');
    expect(rule?.({ event: 'MessageNew' }, 'MessageNew', mailbox('user/john'), 'http')).toBeUndefined();
  });

  it.each([['Login'], ['Logout'], ['CalendarAlarm'], ['ApplePushService'], ['ApplePushServiceDAV']])(
    'lets %s pass, which has no mailbox',
    (type) => {
      expect(mailboxOf(cyrusEvent(type))).toBeUndefined();
      expect(detailFor(['ALL', '\\Junk'], type, undefined)).toBeUndefined();
    },
  );

  it.each([['QuotaExceed'], ['QuotaWithin'], ['QuotaChange']])('lets %s pass, which is about a quota root', (type) => {
    expect(detailFor(['ALL', '\\Junk'], type, mailbox('user/john/JunkBox'))).toBeUndefined();
  });

  it('asks for the mailbox of the uri: what was copied out of Junk is reported, what goes on in it is not', () => {
    const passing = cyrusEvents
      .filter((event) => JSON.stringify(event).includes('JunkBox'))
      .filter((event) => detailFor(['\\Junk'], event.event, mailboxOf(event)) === undefined);
    expect(passing.map(({ event, uri }) => [event, String(uri).split(';')[0]])).toEqual([
      ['vnd.cmu.MessageCopy', 'imap://cyruslab.test/user/john/FromBox'],
    ]);
  });

  it('holds back the creation of and the subscription to an excluded mailbox, which Cyrus itself sends', () => {
    for (const type of ['MailboxCreate', 'MailboxSubscribe', 'MailboxUnSubscribe']) {
      expect(detailFor(['\\Junk'], type, mailbox('user/john/JunkBox'))).toContain('\\Junk');
    }
  });

  it('finds its mailbox among many entries', () => {
    const entries: SpecialUseEntry[] = Array.from({ length: 5000 }, (_, index) => ({
      pattern: `user/u${index}/Müll`,
      attribute: '\\Junk',
    }));
    expect([...compileSpecialUse(entries)(mailbox('user/u4999/Müll'))]).toEqual(['\\Junk']);
  });
});
