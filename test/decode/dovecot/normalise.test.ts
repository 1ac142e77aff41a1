/** What becomes of the notifications of a real Dovecot: events of RFC 5423, with Dovecot's quirks absorbed. */
import { describe, expect, it } from 'vitest';
import type { Request } from '../../../src/base/request.ts';
import { decodeDovecot } from '../../../src/decode/dovecot/decode.ts';
import type { Fields } from '../../../src/decode/dovecot/fields.ts';
import { type Part, splitDovecot } from '../../../src/decode/dovecot/split.ts';
import { parseImapUrl } from '../../../src/decode/imap-url.ts';
import { mailboxOf } from '../../../src/decode/mailbox.ts';
import { decodeRaw } from '../../../src/decode/raw.ts';
import { factsOf } from '../../support/facts.ts';
import { capturedBody, transactions } from './captured.ts';

function partsOf(body: Buffer | Fields, context?: Fields): readonly Part[] {
  const split = splitDovecot(Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)), context);
  if (!split.ok) throw new Error(split.problem.message);
  return split.value.parts;
}

function requestsOf(body: Buffer | Fields, context?: Fields): readonly Request[] {
  return partsOf(body, context).map(({ bytes }) => {
    const request = decodeRaw({ format: 'dovecot', bytes });
    if (!request.ok) throw new Error(request.problem.message);
    return request.value;
  });
}

const eventIn = ({ message }: Request): unknown => JSON.parse(message);
/** Each event that is passed on, and the facts of why the others are not. */
const eventsOf = (body: Buffer | Fields, context?: Fields): readonly unknown[] =>
  requestsOf(body, context).map((request) =>
    request.dropped === undefined ? eventIn(request) : factsOf(request.dropped),
  );

function problemOf(fields: Fields): string {
  const request = decodeDovecot(Buffer.from(JSON.stringify(fields)));
  return request.ok ? `read: ${request.value.message}` : `${request.problem.stage}: ${request.problem.message}`;
}

/** The transaction of the session in which `wanted` of its events are of these types. */
function transaction(...wanted: readonly string[]): Buffer {
  const found = transactions.find((body) => {
    const { events }: { events: { event: { name: string } }[] } = JSON.parse(body.toString());
    return events.map(({ event }) => event.name).join() === wanted.join();
  });
  if (found === undefined) throw new Error(`no transaction holds ${wanted.join()}`);
  return found;
}

const inbox = 'imap://alice@localhost/INBOX;UIDVALIDITY=1795239137';

describe('a request of the OX driver', () => {
  it('is a MessageNew as RFC 5423 has it, with what the driver tells of the message', () => {
    const [request] = requestsOf(capturedBody('0001'));
    expect(request).toMatchObject({
      class: 'EVENT',
      method: '',
      user: 'alice',
      changes: ['"messageNew" is spelt MessageNew'],
    });
    expect(eventsOf(capturedBody('0001'))).toEqual([
      {
        event: 'MessageNew',
        user: 'alice',
        uri: `${inbox}/;UID=1`,
        'vnd.cmu.unseenMessages': 1,
        'vnd.dovecot.from': 'Bob Builder <bob@example.org>',
        'vnd.dovecot.subject': 'Plain hello',
        'vnd.dovecot.snippet': 'Hey there, this is only a test of the snippet.',
      },
    ]);
  });

  it('is kept byte for byte', () => {
    const body = capturedBody('0001');
    expect(partsOf(body).map(({ bytes }) => bytes)).toEqual([body]);
  });

  it('may say nothing of sender and subject', () => {
    expect(eventsOf(capturedBody('0004'))).toEqual([
      {
        event: 'MessageNew',
        user: 'alice',
        uri: `${inbox}/;UID=4`,
        'vnd.cmu.unseenMessages': 4,
        'vnd.dovecot.snippet': 'body only',
      },
    ]);
  });
});

describe('OX keys from a Lua script', () => {
  const encoded = 'imap://5%3A%3Atoken-abc@localhost/INBOX;UIDVALIDITY=1795240335';

  it('numbers may be floats', () => {
    expect(eventsOf(capturedBody('0126'))).toEqual([
      {
        event: 'MessageAppend',
        user: '5::token-abc',
        uri: `${encoded}/;UID=4`,
        flagNames: '\\Seen $Label1',
        messages: 4,
        'vnd.cmu.unseenMessages': 3,
        'vnd.dovecot.from': '=?utf-8?Q?J=C3=BCrgen?= <j@example.org>',
        'vnd.dovecot.subject': 'appended',
        'vnd.dovecot.snippet': 'Hello there',
      },
    ]);
  });

  it('a list of UIDs is one event with a uidset', () => {
    expect(eventsOf(capturedBody('0131'))).toEqual([
      {
        event: 'MessageExpunge',
        user: '5::token-abc',
        uri: encoded,
        uidset: '1:3',
        messages: 1,
        'vnd.cmu.unseenMessages': 0,
      },
    ]);
  });

  it('an empty list may be {}', () => {
    const [event] = requestsOf(capturedBody('0141')).map(eventIn);
    expect(event).not.toHaveProperty('flagNames');
    expect(eventsOf(capturedBody('0146'))).toMatchObject([{ event: 'FlagsSet', flagNames: '$Work', uidset: '1' }]);
  });

  it('a FlagsSet of \\Seen without a MessageRead becomes one', () => {
    expect(eventsOf(capturedBody('0127'))).toEqual([
      'FlagsSet \\Seen MessageRead',
      { event: 'MessageRead', user: '5::token-abc', uri: encoded, uidset: '1:3' },
    ]);
    expect(partsOf(capturedBody('0127')).map(({ note }) => note && factsOf(note))).toEqual([
      undefined,
      'FlagsSet \\Seen MessageRead',
    ]);
    expect(eventsOf(capturedBody('0130'))).toMatchObject([
      'FlagsSet \\Deleted MessageTrash',
      { event: 'MessageTrash', uidset: '1:3' },
    ]);
  });

  it('FlagsClear tells what was there before, and never of \\Recent', () => {
    expect(eventsOf(capturedBody('0129'))).toEqual([
      {
        event: 'FlagsClear',
        user: '5::token-abc',
        uri: encoded,
        uidset: '1:2',
        flagNames: '\\Seen',
        'vnd.dovecot.oldFlagNames': '\\Seen',
      },
    ]);
  });
});

describe('a form', () => {
  it('without event and UID has a type of its own', () => {
    expect(eventsOf(capturedBody('0115'))).toEqual([
      {
        event: 'vnd.dovecot.MessageNew',
        user: '',
        uri: 'imap://localhost/INBOX',
        'vnd.dovecot.from': '=?utf-8?Q?J=C3=BCrgen?= <j@example.org>',
        'vnd.dovecot.subject': 'Über 0',
      },
    ]);
  });

  it('with numbers alone is the status of a mailbox', () => {
    expect(eventsOf(capturedBody('0116'), { user: 'alice', server: 'imap.example.org' })).toEqual([
      {
        event: 'vnd.dovecot.MailboxStatus',
        user: 'alice',
        serverFQDN: 'imap.example.org',
        uri: 'imap://alice@imap.example.org/INBOX',
        messages: 1,
        'vnd.cmu.unseenMessages': 1,
        'vnd.dovecot.recentMessages': 1,
      },
    ]);
  });
});

describe('a transaction of Lua events', () => {
  const read = transaction('FlagsClear', 'FlagsSet', 'MessageRead');

  it('drops the empty FlagsClear, and tells \\Seen once', () => {
    expect(eventsOf(read)).toEqual([
      'FlagsClear',
      'FlagsSet \\Seen MessageRead',
      {
        event: 'MessageRead',
        user: 'alice',
        uri: 'imap://alice@localhost/INBOX;UIDVALIDITY=1795239152',
        uidset: '1',
      },
    ]);
  });

  it('drops the empty FlagsSet that comes with a keyword that is cleared', () => {
    expect(eventsOf(transaction('FlagsClear', 'FlagsSet'))).toHaveLength(2);
    const cleared = transactions.map((body) => eventsOf(body)).find((events) => events.includes('FlagsSet'));
    expect(cleared).toMatchObject([
      { event: 'FlagsClear', flagNames: '$Work', 'vnd.dovecot.oldFlagNames': '$Work Junk' },
      'FlagsSet',
    ]);
  });

  it('keeps a keyword with odd characters, and leaves out only what no list of flags can hold', () => {
    const fields = {
      ...{ user: 'a', event: 'FlagsSet', folder: 'A', 'imap-uidvalidity': 7, 'imap-uid': 1 },
      keywords: ['Caf\u00e9', 'a*(b)"%{\\', 'two words', 'tab\t', ''],
      flags: ['\\flagged'],
    };
    expect(eventsOf(fields)).toMatchObject([{ flagNames: '\\flagged Caf\u00e9 a*(b)"%{\\' }]);
  });

  it('keeps the other flags of a FlagsSet', () => {
    const fields = {
      user: 'alice',
      events: [
        {
          name: 'FlagsSet',
          mailbox: 'INBOX',
          uid: 1,
          uid_validity: 7,
          flags: ['\\Flagged', '\\Seen'],
          keywords: ['$a'],
        },
        { name: 'MessageRead', mailbox: 'INBOX', uid: 1, uid_validity: 7 },
      ],
    };
    expect(eventsOf(fields)).toMatchObject([
      { event: 'FlagsSet', flagNames: '\\Flagged $a' },
      { event: 'MessageRead' },
    ]);
    expect(requestsOf(fields)[0]?.changes?.map(factsOf)).toEqual(['flagNames \\Seen MessageRead']);
  });

  it('spells MailboxUnSubscribe as RFC 5423 does', () => {
    expect(eventsOf(transaction('MailboxUnsubscribe'))).toEqual([
      { event: 'MailboxUnSubscribe', user: 'alice', uri: 'imap://alice@localhost/Projects' },
    ]);
  });

  it('names both mailboxes of a rename', () => {
    expect(eventsOf(transaction('MailboxRename'))).toMatchObject([
      {
        event: 'MailboxRename',
        uri: 'imap://alice@localhost/Projekte',
        mailboxID: 'imap://alice@localhost/Projekte',
        oldMailboxID: 'imap://alice@localhost/Projects',
      },
    ]);
  });

  it('tells every type of the twelve in a whole session, and nothing that is not valid', () => {
    const types = new Set(
      transactions.flatMap((body) =>
        requestsOf(body).flatMap((request) =>
          request.dropped === undefined ? [JSON.parse(request.message).event] : [],
        ),
      ),
    );
    expect([...types].sort()).toEqual(
      [
        ...['FlagsClear', 'FlagsSet', 'MailboxCreate', 'MailboxDelete', 'MailboxRename', 'MailboxSubscribe'],
        ...['MailboxUnSubscribe', 'MessageAppend', 'MessageExpunge', 'MessageNew', 'MessageRead', 'MessageTrash'],
      ].sort(),
    );
  });

  it('is dropped when it failed', () => {
    const failed = { user: 'alice', success: false, events: [{ name: 'MailboxCreate', mailbox: 'A' }] };
    expect(eventsOf(failed)).toEqual(['MailboxCreate']);
  });

  it('tells a mailbox event once that it holds twice', () => {
    const event = { hook: 'mailbox_create', user: 'alice', event: { mailbox: 'X', name: 'MailboxCreate' } };
    const split = splitDovecot(Buffer.from(JSON.stringify({ user: 'alice', events: [event, event] })));
    expect(split).toMatchObject({ ok: true, value: { repeated: [expect.stringMatching(/^MailboxCreate: /)] } });
    expect(eventsOf({ user: 'alice', events: [event, event] })).toMatchObject([{ event: 'MailboxCreate' }]);
  });

  it('holds what it says of all for each', () => {
    const fields = {
      ...{ user: 'alice', service: 'imap', session: 'abc', time: 1795239152, server: 'mail.example.org' },
      events: [
        { name: 'MailboxCreate', mailbox: 'A' },
        { name: 'MailboxCreate', mailbox: 'B' },
      ],
    };
    const common = { service: 'imap', timestamp: '2026-11-21T05:32:32.000Z', 'vnd.dovecot.sessionId': 'abc' };
    expect(eventsOf(fields)).toMatchObject([
      { uri: 'imap://alice@mail.example.org/A', serverFQDN: 'mail.example.org', ...common },
      { uri: 'imap://alice@mail.example.org/B', ...common },
    ]);
  });

  it('a MessageNew of several UIDs is one event each', () => {
    const fields = { user: 'a', event: 'MessageNew', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': [3, 4] };
    expect(eventsOf(fields)).toMatchObject([
      { uri: 'imap://a@localhost/INBOX;UIDVALIDITY=7/;UID=3' },
      { uri: 'imap://a@localhost/INBOX;UIDVALIDITY=7/;UID=4' },
    ]);
  });
});

describe('the mailbox of an event', () => {
  it.each([
    ['alice', 'INBOX'],
    ['alice@example.org', 'Projekte/Über'],
    ['alice', 'A;UID=1?#%/b'],
    ['al/ice', 'a.b'],
    ['alice', 'INBOX/'],
    ['alice', 'user/bob/Sub'],
    ['alice', 'user.bob'],
  ])('of %s, %s, is found in its URL', (user, mailbox) => {
    const [event] = eventsOf({ user, event: 'MailboxCreate', folder: mailbox });
    const url = parseImapUrl((event as { uri: string }).uri);
    expect(url.ok && mailboxOf(url.value, 'user')).toMatchObject({ name: mailbox, owner: user });
  });
});

describe('what cannot be understood', () => {
  const whole = { user: 'alice', event: 'MessageRead', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': 1 };
  it.each([
    [{ ...whole, event: 'MessageEaten' }, '"MessageEaten"'],
    [{ ...whole, folder: '' }, 'mailbox'],
    [{ ...whole, user: null }, 'user'],
    [{ ...whole, 'imap-uidvalidity': 0 }, 'UIDVALIDITY'],
    [{ ...whole, 'imap-uid': 'x' }, 'UID'],
    [{ ...whole, 'imap-uid': [1, 0] }, 'UID'],
    [{ ...whole, 'imap-uid': [] }, 'UID'],
    [{ ...whole, event: 'MailboxRename' }, 'former'],
    [{ ...whole, event: 'MessageNew', 'imap-uid': [1, 2] }, '"1:2"'],
  ])('%j: %s', (fields, message) => {
    const problem = problemOf(fields);
    expect(problem).toMatch(/^event: /);
    expect(problem).toContain(message);
  });

  it.each(['', 'null', '[]', '{}', '"a"', '{"events":[1]}', 'a=b'])('the body %j is refused', (body) => {
    expect(
      splitDovecot(Buffer.from(body)).ok && partsOf(Buffer.from(body)).every(({ wrong }) => wrong !== undefined),
    ).toBe(body === '{}');
  });

  it('an empty transaction is fine', () => {
    expect(partsOf({ user: 'alice', events: [] })).toEqual([]);
  });
});
