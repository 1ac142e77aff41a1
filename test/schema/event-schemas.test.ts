/** The schemas that belfry ships, on what real servers send and on what they must not send. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, MailEvent } from '../../src/base/event.ts';
import { eventGroups, eventsOfGroup, groupsOf } from '../../src/filter/groups.ts';
import type { ParameterError } from '../../src/schema/event-schemas.ts';
import { loadSchemas } from '../../src/schema/load-schemas.ts';
import { factsOf } from '../support/facts.ts';
import { sampleOf, samples, without } from './samples.ts';
import { wrongFor, wrongValues } from './wrong-values.ts';

const schemas = await loadSchemas();
const catalogue = schemas.catalogue();

function errorsOf(event: MailEvent): readonly ParameterError[] {
  const validity = schemas.validate(event);
  return validity.ok ? [] : validity.errors;
}

/** The parameters that are blamed. */
const blamed = (event: MailEvent): readonly string[] => errorsOf(event).map(({ parameter }) => parameter);

describe('the catalogue', () => {
  it('has every type of event in the groups that the filter switches, and three that are in none', () => {
    const ungrouped = ['CalendarEventNew', 'vnd.dovecot.MessageNew', 'vnd.dovecot.MailboxStatus'];
    const grouped = eventGroups.flatMap((group) => eventsOfGroup[group]);
    expect(catalogue.map(({ name }) => name).sort()).toEqual([...new Set([...grouped, ...ungrouped])].sort());
    expect(catalogue).toHaveLength(29);
    for (const { name, groups } of catalogue)
      expect([name, [...groups].sort()]).toEqual([name, [...groupsOf(name)].sort()]);
  });

  it.each(catalogue)('says of $name and its parameters what they are and who defined them', (event) => {
    const { title, description, source, parameters } = event;
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(source).toMatch(/^(RFC 5423 §4\.[1-4]|Cyrus IMAP, imap\/\w+\.c|Dovecot, src\/plugins\/push-notification)$/);
    for (const { name, type, description, source } of parameters) {
      expect(`${name}: ${description}`).toMatch(/: [A-Z0-9].*\.$/);
      expect(`${name}: ${source}`).toMatch(/: (RFC 5423 §|Cyrus IMAP, |Dovecot, )/);
      expect(`${name}: ${type}`).not.toMatch(/any value/);
    }
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  });
});

it('the schemas are of draft 2020-12', async () => {
  // Files that are added are checked against the schema of schemas.
  await expect(
    loadSchemas({ override: fileURLToPath(new URL('../../config/schemas', import.meta.url)) }),
  ).resolves.toBeDefined();
});

describe('what real servers send', () => {
  it.each(samples)('$name is valid', ({ event }) => {
    expect(schemas.validate(event)).toEqual({ ok: true, known: true });
  });

  it.each(samples)('$name is valid with parameters that nobody knows', ({ event }) => {
    const vendor = { 'vnd.example.list': [1, { a: null }], 'vnd.cmu.yet.unknown': false, notYetRegistered: 7 };
    expect(schemas.validate({ ...event, ...vendor })).toEqual({ ok: true, known: true });
  });

  it.each(samples)('$name knows every parameter in it', ({ event }) => {
    const known = catalogue.find(({ name }) => name === event.event)?.parameters.map(({ name }) => name) ?? [];
    expect(Object.keys(event).filter((name) => name !== 'event' && !known.includes(name))).toEqual([]);
  });

  it('a type without schema is not judged', () => {
    expect(schemas.validate({ event: 'vnd.example.New', uri: 17 })).toEqual({ ok: true, known: false });
  });

  it('types are compared without case: Dovecot writes messageNew and MailboxUnsubscribe', () => {
    const event = { event: 'MailboxUnsubscribe', uri: 'imap://h/INBOX', user: 'john' };
    expect(schemas.validate(event)).toEqual({ ok: true, known: true });
    expect(blamed(without(event, 'user'))).toEqual(['user']);
    expect(blamed({ event: 'messageNew' })).toEqual(['uri']);
  });
});

describe('what must not be sent', () => {
  it('has wrong values for every parameter of the catalogue', () => {
    const names = new Set(catalogue.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
    expect([...names].filter((name) => wrongValues[name] === undefined)).toEqual([]);
    expect(Object.keys(wrongValues).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each(samples)('$name is refused without a required parameter, which is named', ({ event }) => {
    const { parameters = [] } = catalogue.find(({ name }) => name === event.event) ?? {};
    const required = parameters.filter((parameter) => parameter.required);
    expect(required).not.toEqual([]);
    for (const { name, type } of required) {
      expect(errorsOf(without(event, name))).toEqual([
        { parameter: name, message: `${name} is missing; expected ${type}` },
      ]);
    }
  });

  it.each(catalogue)(
    '$name is refused with a wrong value of any parameter, which is named',
    ({ name: type, parameters }) => {
      const event = sampleOf(type);
      const wrong: string[] = [];
      for (const { name, type: expected } of parameters) {
        for (const value of [...(wrongValues[name] ?? []), ...(wrongFor[type]?.[name] ?? [])]) {
          const { parameter, message = 'taken' } = errorsOf({ ...event, [name]: value })[0] ?? {};
          const isTold =
            parameter === name && message.startsWith(`${name} `) && message.endsWith(`; expected ${expected}`);
          if (!isTold) wrong.push(`${name} ${JSON.stringify(value).slice(0, 80)}: ${message}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('the rules of RFC 5423', () => {
  const inbox = 'imap://h/INBOX;UIDVALIDITY=7';

  it('a quota is told by its limit and what is used, of storage or of messages', () => {
    const quota = { event: 'QuotaExceed', uri: 'imap://h/user/john', user: 'john' };
    expect(blamed({ ...quota, diskQuota: 5, diskUsed: 6 })).toEqual([]);
    expect(blamed({ ...quota, maxMessages: 5, messages: 6 })).toEqual([]);
    const pair = 'expected diskQuota with diskUsed, or maxMessages with messages';
    expect(errorsOf(quota)).toEqual([
      { parameter: 'diskQuota', message: `diskQuota or maxMessages is missing; ${pair}` },
    ]);
    expect(errorsOf({ ...quota, event: 'QuotaWithin', diskQuota: 5, messages: 6 })).toEqual([
      { parameter: 'diskUsed', message: `diskUsed or maxMessages is missing; ${pair}` },
    ]);
  });

  it('a changed quota is told by a limit, which is -1 when there is none', () => {
    const quota = { event: 'QuotaChange', uri: 'imap://h/user/john', user: 'john' };
    expect(blamed({ ...quota, diskQuota: 5 })).toEqual([]);
    expect(blamed({ ...quota, maxMessages: -1, messages: 3 })).toEqual([]);
    expect(blamed(quota)).toEqual(['diskQuota']);
  });

  it('a deleted ACL entry has no rights, and the rights can be empty', () => {
    const change = { event: 'AclChange', uri: inbox, user: 'john', mailboxID: 'abc', aclSubject: 'jane' };
    expect(blamed(change)).toEqual([]);
    for (const aclRights of ['', 'lrswipkxtecdan', '+k', '-lrs', 'lrs0'])
      expect(blamed({ ...change, aclRights })).toEqual([]);
  });

  it.each([
    'imap://j@e.org@h/INBOX;UIDVALIDITY=1/;UID=1',
    'imap://h/a;uidvalidity=1/;uid=2',
    'IMAP://h:993/a%20b%C3%BC;UIDVALIDITY=4294967295/;UID=4294967295',
    'imap://[::1]/INBOX;UIDVALIDITY=1/;UID=1',
  ])('a message is named by %s', (uri) => {
    expect(blamed({ event: 'MessageNew', uri })).toEqual([]);
  });

  it.each([
    ...[
      '\\Flagged',
      '\\Answered $Work NonJunk',
      '\\seen',
      '$Work Café',
      '\\Recent',
      'a*',
      '(a) "b"',
      'a  b',
      ' a ',
      '%\t{',
    ],
  ])('flagNames can be %s', (flagNames) => {
    expect(blamed({ event: 'FlagsSet', uri: inbox, uidset: '1', flagNames })).toEqual([]);
  });

  it('a sequence of 63 bits is a number, or a string of its digits', () => {
    const read = { event: 'MessageRead', uri: inbox, uidset: '1' };
    for (const modseq of [
      0,
      43,
      9_007_199_254_740_991,
      Number('9223372036854775807'),
      '9007199254740993',
      '9223372036854775807',
    ]) {
      expect(blamed({ ...read, modseq })).toEqual([]);
    }
    expect(blamed({ ...read, modseq: '43' })).toEqual(['modseq']);
  });

  it('tags are a list between commas or an array', () => {
    for (const tags of ['a,b', '', ['a', 'b'], []])
      expect(blamed({ event: 'MessagesUnscheduled', userId: 'j', count: 1, tags })).toEqual([]);
  });
});

describe('a message about a wrong event', () => {
  const flags = { event: 'FlagsSet', uri: 'imap://h/INBOX', uidset: '1', flagNames: '\\Flagged' };

  it('tells of all parameters, what is missing first', () => {
    const event = { ...without(flags, 'flagNames'), uidset: 'x', modseq: '12', 'vnd.cmu.midset': ['a', 17] };
    expect(errorsOf(event).map(({ parameter, message }) => `${parameter} ${factsOf(message)}`)).toEqual([
      'flagNames flagNames IMAP',
      'uidset "x" UIDs 1:4,7',
      'modseq "12" 0 63',
      'vnd.cmu.midset vnd.cmu.midset "1" 17 NIL',
    ]);
  });

  it('stays short and on one line, whatever the event holds', () => {
    const content = { ['\u001b[31m\n\u2028\u202e'.repeat(100)]: 'x' };
    for (const wrong of [
      { uidset: '\u001b[31m\n\u2028\u202e'.repeat(10_000) },
      { flagNames: '\n'.repeat(2_000_000) },
    ]) {
      for (const { message } of errorsOf({ ...flags, ...wrong })) expect(message).toMatch(/^[\x20-\x7e…]{1,300}$/);
    }
    const [error] = errorsOf({ ...sampleOf('MessageNew'), messageContent: content, messageHeaders: { '\u0007': {} } });
    expect(error?.message).toMatch(/^[\x20-\x7e…]{1,300}$/);
  });

  it('says how long a value is that is too long', () => {
    const uri = `imap://h/${'a'.repeat(40_000)}`;
    expect(errorsOf({ ...flags, uri })).toEqual([
      {
        parameter: 'uri',
        message: expect.stringMatching(/^uri .*40009 .*32768; .*IMAP URL/),
      },
    ]);
  });

  it('names the key that an object must not have', () => {
    const [error] = errorsOf({ ...sampleOf('MessageNew'), messageHeaders: { x: {} } });
    expect(error?.message).toMatch(/^messageHeaders .*"x"/);
  });

  it('is limited in number', () => {
    const wrong = catalogue.find(({ name }) => name === 'MessageNew')?.parameters.map(({ name }) => [name, null]) ?? [];
    expect(errorsOf({ event: 'MessageNew', ...Object.fromEntries(wrong) })).toHaveLength(8);
  });
});

describe('hostile events', () => {
  it('with values of all kinds never make the schemas throw', () => {
    const names = [...new Set(catalogue.flatMap(({ parameters }) => parameters.map(({ name }) => name)))];
    const types = [...catalogue.map(({ name }) => name), 'constructor', 'toString', '__proto__', 'hasOwnProperty'];
    const property = fc.property(
      fc.constantFrom(...types),
      fc.dictionary(fc.constantFrom(...names, 'constructor', 'toString', '~1', ''), fc.jsonValue(), { maxKeys: 12 }),
      (event, parameters) => {
        const validity = schemas.validate({ ...(parameters as Readonly<Record<string, Json>>), event });
        if (!validity.ok) for (const { message } of validity.errors) expect(message.length).toBeLessThan(400);
      },
    );
    fc.assert(property, { numRuns: 1000 });
  });

  it('with very long strings come to an end', () => {
    const length = 20_000_000;
    const long = [
      '1,'.repeat(length / 2),
      'a '.repeat(length / 2),
      '('.repeat(length),
      `imap://h/${'a'.repeat(length)}`,
    ];
    for (const { name: type, parameters } of catalogue) {
      const event = sampleOf(type);
      for (const { name } of parameters) {
        for (const value of long) expect(blamed({ ...event, [name]: value }).length).toBeLessThanOrEqual(1);
      }
    }
  });

  it('with strings as long as is allowed come to an end', () => {
    const flags = { event: 'FlagsSet', uri: 'imap://h/INBOX', uidset: '1', flagNames: '\\Flagged' };
    expect(blamed({ ...flags, uidset: `${'1,'.repeat(4_000_000)}2` })).toEqual([]);
    expect(blamed({ ...flags, uidset: `${'1,'.repeat(4_000_000)}0` })).toEqual(['uidset']);
    expect(blamed({ ...flags, flagNames: `${'a '.repeat(524_000)}b` })).toEqual([]);
    expect(blamed({ ...flags, flagNames: ' '.repeat(1_048_576) })).toEqual(['flagNames']);
    expect(blamed({ ...flags, 'vnd.cmu.mailboxACL': 'a\tb\t'.repeat(262_144) })).toEqual([]);
    expect(blamed({ ...flags, 'vnd.cmu.mailboxACL': `${'a\tb\t'.repeat(262_143)}a` })).toEqual(['vnd.cmu.mailboxACL']);
  });
});
