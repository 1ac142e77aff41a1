import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailEvent } from '../../src/base/event.ts';
import { contentModes } from '../../src/filter/content.ts';
import { compileFilter, type FilterResult, type FilterSettings } from '../../src/filter/filter.ts';
import { eventGroups } from '../../src/filter/groups.ts';
import { extraParameters } from '../../src/filter/parameters.ts';
import { compileSpecialUse, defaultSpecialUse } from '../../src/filter/special-use.ts';
import { contentByUid, cyrusEvent, cyrusEvents, mailbox, mailboxOf, messages } from './samples.ts';

/** The defaults of imapd.conf(5), except that optional parameters stay. */
const defaults: FilterSettings = {
  groups: ['message', 'mailbox'],
  excludeFlags: [],
  excludeSpecialUse: ['\\Junk'],
  specialUse: compileSpecialUse(defaultSpecialUse),
  specialUseOnNotifysocket: false,
};
const everything: FilterSettings = { ...defaults, groups: eventGroups, excludeSpecialUse: [] };

const filter = (settings: FilterSettings, event: MailEvent): FilterResult =>
  compileFilter(settings)(event, mailboxOf(event), 'http');

describe('the filter', () => {
  it('lets every real event through untouched, the same object, when nothing is excluded', () => {
    for (const event of cyrusEvents) {
      const result = filter(everything, event);
      expect(result).toEqual({ pass: true, event, changes: [] });
      expect(result.pass && result.event).toBe(event);
    }
  });

  it('passes the groups message and mailbox by default', () => {
    const passing = cyrusEvents.filter((event) => filter(defaults, event).pass).map(({ event }) => event);
    expect([...new Set(passing)].sort()).toEqual([
      'AclChange',
      'MailboxCreate',
      'MailboxDelete',
      'MailboxModseq',
      'MailboxRename',
      'MessageAppend',
      'MessageExpire',
      'MessageExpunge',
      'MessageNew',
      'vnd.cmu.MessageCopy',
      'vnd.cmu.MessageMove',
    ]);
  });

  it('holds back what happens in Junk by default', () => {
    expect(compileFilter(defaults)(cyrusEvent('MessageNew'), mailbox('user/john/Junk'), 'http')).toEqual({
      pass: false,
      reason: { option: 'event_exclude_specialuse', detail: expect.stringContaining('\\Junk') },
    });
    // Cyrus has done so itself.
    expect(compileFilter(defaults)(cyrusEvent('MessageNew'), mailbox('user/john/Junk'), 'notifysocket').pass).toBe(
      true,
    );
    const ours = { ...defaults, specialUseOnNotifysocket: true };
    expect(compileFilter(ours)(cyrusEvent('MessageNew'), mailbox('user/john/Junk'), 'notifysocket').pass).toBe(false);
  });

  it('gives the first reason of several', () => {
    const settings = { ...defaults, groups: ['flags'], excludeFlags: ['\\Flagged'] };
    const reason = (event: MailEvent) => {
      const result = compileFilter(settings)(event, mailbox('user/john/Junk'), 'http');
      return result.pass ? undefined : result.reason.option;
    };
    expect(reason(cyrusEvent('MessageNew'))).toBe('event_groups');
    expect(reason({ ...cyrusEvent('FlagsSet'), flagNames: '\\Flagged' })).toBe('event_exclude_flags');
    expect(reason({ ...cyrusEvent('FlagsSet'), flagNames: '\\Seen' })).toBe('event_exclude_specialuse');
  });

  it('tells all that it changed, and leaves the event as it came alone', () => {
    const original = Object.freeze({ ...contentByUid, uidset: '6' });
    const copy = structuredClone(original);
    const result = filter(
      { ...everything, extraParams: ['messageContent'], contentMode: 'body', contentSize: 4 },
      original,
    );
    expect(result).toMatchObject({
      pass: true,
      event: { messageContent: { 6: 'This' }, uidset: '6' },
      changes: [{ option: 'event_content_inclusion_mode' }, { option: 'event_extra_params' }],
    });
    expect(original).toEqual(copy);
  });

  it('knows that a message is whole by messageSize, also when that parameter is not passed on', () => {
    const messageContent = 'no field\r\n\r\nbody';
    const event = { event: 'MessageAppend', messageContent, messageSize: messageContent.length };
    expect(filter({ ...everything, extraParams: ['messageContent'], contentMode: 'body' }, event)).toMatchObject({
      event: { event: 'MessageAppend', messageContent: 'body' },
    });
  });

  it('applies the rule of the type whatever the spelling of the sender, which it keeps', () => {
    const settings = { ...everything, groups: ['flags', 'subscription'], excludeFlags: ['\\Seen'] };
    expect(filter(settings, { event: 'flagsSet', flagNames: '\\Seen a' })).toMatchObject({
      event: { event: 'flagsSet', flagNames: 'a' },
    });
    expect(filter(settings, { event: 'messageRead' })).toMatchObject({ pass: false });
    expect(filter(settings, { event: 'MailboxUnsubscribe' })).toMatchObject({ event: { event: 'MailboxUnsubscribe' } });
    expect(filter(settings, { event: 'messageNew' })).toMatchObject({ pass: false });
  });

  it('lets types of no group pass', () => {
    expect(filter({ ...defaults, groups: [] }, { event: 'CalendarEventNew' })).toMatchObject({ pass: true });
    expect(filter({ ...defaults, groups: [] }, { event: '__proto__' })).toMatchObject({ pass: true });
  });
});

describe('properties of the filter', () => {
  const attributes = ['\\Junk', '\\Sent', '\\Trash', '\\Archive', 'ALL'];
  const settings: fc.Arbitrary<FilterSettings> = fc.record({
    groups: fc.subarray([...eventGroups]),
    excludeFlags: fc.subarray(['\\Seen', '\\deleted', '\\Flagged', '$Work']),
    excludeSpecialUse: fc.subarray(attributes),
    specialUse: fc.constant(defaults.specialUse),
    specialUseOnNotifysocket: fc.boolean(),
    extraParams: fc.option(fc.subarray([...extraParameters]), { nil: undefined }),
    // Twice body is not once body when the body begins like a header (see the tests of content).
    contentMode: fc.option(fc.constantFrom(...contentModes.filter((mode) => mode !== 'body')), { nil: undefined }),
    // Nor is a header that was cut in the name of its first field.
    contentSize: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 20, max: 700 })), { nil: undefined }),
  });
  const real = fc.constantFrom(...cyrusEvents, contentByUid);
  const varied = fc
    .tuple(
      real,
      fc.option(fc.constantFrom('\\Seen', '\\Seen \\Flagged', '$Work \\Deleted Junk'), { nil: undefined }),
      fc.option(fc.constantFrom(...Object.values(messages)), { nil: undefined }),
    )
    .map(
      ([event, flagNames, messageContent]): MailEvent => ({
        ...event,
        ...(flagNames === undefined ? {} : { flagNames }),
        ...(messageContent === undefined ? {} : { messageContent }),
      }),
    );
  const place = fc.constantFrom(
    undefined,
    ...['user/john', 'user/john/Junk', 'user/john/Sent', 'shared/news'].map((name) => mailbox(name)),
  );
  /** Any JSON under any name: the filter comes behind the schemas, but must not depend on them. */
  const hostile = fc
    .tuple(
      fc.oneof(fc.constantFrom('FlagsSet', 'MessageNew', '__proto__', 'constructor', 'QuotaExceed'), fc.string()),
      fc.dictionary(
        fc.oneof(fc.constantFrom(...extraParameters, '__proto__', 'hasOwnProperty'), fc.string()),
        fc.jsonValue({ maxDepth: 2 }),
      ),
    )
    .map(([event, parameters]): MailEvent => JSON.parse(JSON.stringify({ ...parameters, event })));

  it('filtering twice is filtering once, and what comes back untouched is the same object', () => {
    fc.assert(
      fc.property(settings, fc.oneof(varied, hostile), place, (given, event, where) => {
        const filterOf = compileFilter(given);
        const once = filterOf(event, where, 'http');
        if (!once.pass) return;
        expect(once.event === event).toBe(once.changes.length === 0);
        expect(filterOf(once.event, where, 'http')).toEqual({ pass: true, event: once.event, changes: [] });
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, never changes its argument, and adds no parameter', () => {
    fc.assert(
      fc.property(settings, hostile, place, (given, event, where) => {
        const before = JSON.stringify(event);
        const result = compileFilter({ ...given, contentMode: 'body' })(event, where, 'http');
        expect(JSON.stringify(event)).toBe(before);
        if (result.pass) for (const name of Object.keys(result.event)) expect(Object.keys(event)).toContain(name);
      }),
      { numRuns: 1000 },
    );
  });
});
