import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGroups, eventGroups, eventsOfGroup, groupsOf, spellEventType } from '../../src/filter/groups.ts';
import { cyrusEvents } from './samples.ts';

const passes = (on: readonly string[], type: string): boolean =>
  compileGroups(on)({ event: type }, spellEventType(type), undefined, 'http') === undefined;

describe('the groups of events', () => {
  it.each([
    ['MessageNew', ['message']],
    ['vnd.cmu.MessageMove', ['message']],
    ['QuotaWithin', ['quota']],
    ['MessageTrash', ['flags']],
    ['Logout', ['access']],
    ['AclChange', ['access', 'mailbox']],
    ['MailboxModseq', ['mailbox']],
    ['MailboxUnSubscribe', ['subscription']],
    ['CalendarAlarm', ['calendar']],
    ['ApplePushServiceDAV', ['applepushservice']],
    ['MessagesUnscheduled', ['jmap']],
    ['CalendarEventNew', []],
    ['vnd.example.Other', []],
    ['constructor', []],
  ])('%s belongs to %j', (type, groups) => {
    expect(groupsOf(type)).toEqual(groups);
  });

  it('hold all of the 26 types', () => {
    const types = new Set(eventGroups.flatMap((group) => eventsOfGroup[group]));
    expect(types.size).toBe(26);
    for (const { event } of cyrusEvents) expect(types).toContain(event);
  });

  it.each([
    ['messageNew', 'MessageNew'],
    ['MailboxUnsubscribe', 'MailboxUnSubscribe'],
    ['VND.CMU.MESSAGECOPY', 'vnd.cmu.MessageCopy'],
    ['FlagsSet', 'FlagsSet'],
    ['somethingElse', 'somethingElse'],
    ['__proto__', '__proto__'],
  ])('spells %s as %s', (written, type) => {
    expect(spellEventType(written)).toBe(type);
  });
});

describe('event_groups', () => {
  it('lets an event pass when one of its groups is on, and no other', () => {
    fc.assert(
      fc.property(fc.subarray([...eventGroups]), fc.constantFrom(...cyrusEvents), (on, { event }) => {
        expect(passes(on, event)).toBe(on.some((group) => eventsOfGroup[group].includes(event)));
      }),
    );
  });

  it.each([['access'], ['mailbox']])('lets AclChange pass with %s alone', (group) => {
    expect(passes([group], 'AclChange')).toBe(true);
  });

  it('holds AclChange back when both of its groups are off, and says so', () => {
    expect(compileGroups(['message'])({ event: 'AclChange' }, 'AclChange', undefined, 'http')).toEqual({
      reason: {
        option: 'event_groups',
        detail: expect.stringMatching(/^AclChange .*access and mailbox.*event_groups/),
      },
    });
  });

  it('compares the names of groups and events without case', () => {
    expect(passes(['Subscription'], 'MailboxUnsubscribe')).toBe(true);
    expect(passes(['message'], 'mailboxunsubscribe')).toBe(false);
  });

  it('lets types of no group pass', () => {
    for (const type of ['CalendarEventNew', 'vnd.example.Other', 'toString']) expect(passes([], type)).toBe(true);
  });
});
