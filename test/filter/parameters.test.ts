import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { compileExtraParameters, extraParameters } from '../../src/filter/parameters.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { cyrusEvent, cyrusEvents } from './samples.ts';

/** The event after the rule. */
function filter(wanted: readonly string[] | undefined, event: MailEvent): MailEvent {
  const outcome = compileExtraParameters(wanted)?.(event, event.event, undefined, 'http');
  if (outcome === undefined) return event;
  if ('reason' in outcome) throw new Error('event_extra_params holds nothing back');
  return outcome.event;
}

describe('event_extra_params', () => {
  it('removes nothing when it is not set or wants all', () => {
    expect(compileExtraParameters(undefined)).toBeUndefined();
    expect(compileExtraParameters(extraParameters)).toBeUndefined();
  });

  it('passes on the parameters that it names and removes the other optional ones', () => {
    expect(filter(['timestamp', 'vnd.cmu.midset', 'messageSize'], cyrusEvent('MessageNew'))).toEqual({
      event: 'MessageNew',
      timestamp: '2026-11-21T06:28:56.018Z',
      mailboxID: '1dwi97f3h5q09crue8yrvl4h',
      uri: 'imap://cyruslab.test/user/john;UIDVALIDITY=1795242533/;UID=1',
      'vnd.cmu.midset': ['<1795242535996264.1@example.net>'],
      pid: 20266,
      user: 'john',
      messageSize: 450,
      serverFQDN: 'cyruslab.test',
    });
  });

  it('says what it removed', () => {
    const event = { event: 'MessageExpunge', uidset: '1', modseq: 7, uidnext: 2 };
    expect(compileExtraParameters(['uidnext'])?.(event, 'MessageExpunge', undefined, 'http')).toEqual({
      event: { event: 'MessageExpunge', uidset: '1', uidnext: 2 },
      change: { option: 'event_extra_params', detail: 'without modseq' },
    });
  });

  it.each([
    ['FlagsSet', ['flagNames'], ['messages', 'timestamp']],
    ['FlagsClear', ['flagNames'], ['modseq']],
    ['QuotaExceed', ['diskQuota', 'diskUsed'], ['timestamp']],
    ['QuotaWithin', ['diskQuota', 'diskUsed'], ['service']],
    ['QuotaChange', ['diskQuota', 'maxMessages', 'messages'], ['diskUsed']],
    ['ApplePushServiceDAV', ['vnd.cmu.mbtype'], []],
    ['MailboxCreate', ['mailboxID', 'uri'], ['vnd.cmu.mbtype', 'vnd.cmu.mailboxACL']],
    ['MessageExpunge', ['uidset', 'uri', 'user', 'pid'], ['messages', 'uidnext', 'vnd.cmu.unseenMessages']],
    ['Login', ['serverDomain', 'serverPort', 'user'], ['clientIP', 'clientPort', 'service']],
    ['CalendarAlarm', Object.keys(cyrusEvent('CalendarAlarm')), []],
  ])('of %s keeps %j and removes %j when nothing is wanted', (type, kept, removed) => {
    const parameters = Object.keys(filter([], cyrusEvent(type)));
    expect(parameters).toEqual(expect.arrayContaining(kept));
    expect(Object.keys(cyrusEvent(type))).toEqual(expect.arrayContaining(removed));
    for (const name of removed) expect(parameters).not.toContain(name);
  });

  it('removes the flags of a new message but never those that an event reports', () => {
    expect(filter([], { event: 'MessageAppend', flagNames: '\\Seen' })).toEqual({ event: 'MessageAppend' });
    expect(filter([], { event: 'FlagsSet', flagNames: '\\Seen' })).toHaveProperty('flagNames');
  });

  it('removes what Dovecot tells of a message, and everything else that holds a part of it', () => {
    const about = { event: 'MessageNew', uri: 'imap://h/INBOX;UIDVALIDITY=1/;UID=1', user: 'john' };
    const content = {
      ...{ 'vnd.dovecot.from': 'a', 'vnd.dovecot.to': 'b', 'vnd.dovecot.subject': 'c', 'vnd.dovecot.snippet': 'd' },
      ...{ envelope: 'MAIL FROM:<a>', messageHeaders: { 1: {} }, messageContent: 'x', bodyStructure: '()', tags: 'a' },
      ...{ 'vnd.dovecot.sessionId': 's', process: 'p', 'vnd.dovecot.oldFlagNames': 'f' },
    };
    expect(filter([], { ...about, ...content })).toEqual(about);
    expect(filter(['vnd.dovecot.Subject'], { ...about, ...content })).toEqual({ ...about, 'vnd.dovecot.subject': 'c' });
    const status = { event: 'vnd.dovecot.MailboxStatus', messages: 1, 'vnd.dovecot.recentMessages': 2 };
    expect(filter([], status)).toBe(status);
  });

  it('knows every parameter that a schema calls optional, but for what names the event’s subject and sender', async () => {
    const catalogue = (await loadSchemas()).catalogue();
    const always = new Set([
      ...['uri', 'user', 'pid', 'serverFQDN', 'uidset', 'mailboxID', 'oldMailboxID', 'mailboxUniqueId'],
      ...['serverDomain', 'serverPort', 'admin', 'maxMessages', 'diskQuota', 'clientIP', 'clientPort', 'aclRights'],
    ]);
    // These say what they are about in parameters of their own, all of them.
    const ofOwn = new Set(['CalendarAlarm', 'ApplePushService', 'ApplePushServiceDAV', 'MessagesUnscheduled']);
    const known = new Set<string>([...extraParameters, ...always]);
    const escaping = catalogue
      .filter(({ name }) => !ofOwn.has(name))
      .flatMap(({ parameters }) => parameters.filter(({ name, required }) => !required && !known.has(name)))
      .map(({ name }) => name);
    expect([...new Set(escaping)]).toEqual([]);
  });

  it('takes clientAddress for clientIP and clientPort', () => {
    const { clientIP, clientPort } = cyrusEvent('Login');
    expect(filter(['clientaddress'], cyrusEvent('Login'))).toMatchObject({ clientIP, clientPort });
  });

  it('leaves parameters alone that the option cannot name, whatever they are called', () => {
    const event = JSON.parse('{"event":"constructor","modseq":1,"__proto__":{"a":1},"vnd.example.x":2,"Tags":[]}');
    const filtered = filter([], event);
    expect(JSON.stringify(filtered)).toBe('{"event":"constructor","__proto__":{"a":1},"vnd.example.x":2,"Tags":[]}');
    expect(Object.getPrototypeOf(filtered)).toBe(Object.prototype);
  });

  it('only ever removes, keeps the order, and has done its work after once', () => {
    fc.assert(
      fc.property(fc.subarray([...extraParameters]), fc.constantFrom(...cyrusEvents), (wanted, event) => {
        const filtered = filter(wanted, event);
        expect(Object.entries(event).filter(([name]) => name in filtered)).toEqual(Object.entries(filtered));
        expect(filter(wanted, filtered)).toBe(filtered);
        for (const name of wanted) expect(filtered[name]).toEqual(event[name]);
      }),
    );
  });
});
