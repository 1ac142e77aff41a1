/** The route of Dovecot's push notifications: what is taken, what is refused, what is told twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Announcement, RawRequest } from '../../../src/base/request.ts';
import { decodeRaw } from '../../../src/decode/raw.ts';
import { dovecot } from '../../../src/intake/http/dovecot.ts';
import type { Reading, RequestHead } from '../../../src/intake/http/route.ts';
import { capturedBodies, capturedBody, transactions } from '../../decode/dovecot/captured.ts';
import { tries } from '../../support/long.ts';

const headWith = (query = ''): RequestHead => ({
  method: 'PUT',
  path: '/dovecot',
  query: new URLSearchParams(query),
  mediaType: 'application/json',
  headers: new Map(),
});

const read = (body: Uint8Array | string, query?: string): Reading =>
  dovecot.read(typeof body === 'string' ? Buffer.from(body) : body, headWith(query));

function requestsOf(body: Uint8Array | string, query?: string): readonly RawRequest[] {
  const reading = read(body, query);
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.requests;
}

function announcementOf(request: RawRequest | undefined): Announcement | undefined {
  const read = request && decodeRaw(request);
  return read?.ok ? read.value.announcement : undefined;
}

it.each(capturedBodies)('$name is taken', ({ body }) => {
  const requests = requestsOf(body);
  expect(requests).not.toEqual([]);
  for (const request of requests) expect(decodeRaw(request)).toMatchObject({ ok: true });
});

it.each(transactions.map((body, i) => [i + 1, body] as const))(
  'transaction %i is taken, each event of it',
  (_n, body) => {
    const { events }: { events: unknown[] } = JSON.parse(body.toString());
    expect(requestsOf(body)).toHaveLength(events.length);
  },
);

describe('the mail server', () => {
  it('is told by the query, where the request does not tell it', () => {
    const [request] = requestsOf(capturedBody('0001'), 'server=mail.example.org&u=alice');
    const decoded = request && decodeRaw(request);
    const event = decoded?.ok ? JSON.parse(decoded.value.message) : undefined;
    expect(event).toMatchObject({
      uri: 'imap://alice@mail.example.org/INBOX;UIDVALIDITY=1795239137/;UID=1',
      serverFQDN: 'mail.example.org',
    });
  });

  it('is told by the query beside a form that ends with a line end', () => {
    const [request] = requestsOf('user=alice&from=a&mailbox=INBOX\r\n', 'server=mail.example.org');
    const decoded = request && decodeRaw(request);
    const event = decoded?.ok ? JSON.parse(decoded.value.message) : undefined;
    expect(event).toMatchObject({ uri: 'imap://alice@mail.example.org/INBOX', serverFQDN: 'mail.example.org' });
  });

  it('keeps the same event of two of them apart', () => {
    const body = JSON.stringify({ user: 'root', events: [{ name: 'MailboxCreate', mailbox: 'Spam' }] });
    const tellings = ['A.example', 'b.example'].map(
      (name) => announcementOf(requestsOf(body, `server=${name}`)[0])?.server,
    );
    expect(tellings).toEqual(['a.example', 'b.example']);
  });

  it('is left out where the request has something else for it', () => {
    const [request] = requestsOf('{"user":"alice","event":"MailboxCreate","folder":"A","server":"evil/B?"}');
    const decoded = request && decodeRaw(request);
    if (!decoded?.ok) throw new Error('it is not read');
    const { message, changes } = decoded.value;
    expect(JSON.parse(message)).toMatchObject({ uri: 'imap://alice@localhost/A' });
    expect(message).not.toContain('evil');
    expect(changes).toEqual([expect.stringContaining('server "evil/B?"')]);
  });

  it('must be a host name', () => {
    expect(dovecot.refuse?.(headWith('server=a/b'))).toMatchObject({ status: 422, field: 'server' });
    expect(dovecot.refuse?.(headWith('a=1'))).toBeUndefined();
    const [request] = requestsOf('{"user":"alice","event":"MailboxCreate","folder":"A","server":"2001:db8::1"}');
    const decoded = request && decodeRaw(request);
    expect(decoded?.ok && decoded.value.message).toContain('imap://alice@[2001:db8::1]/A');
  });
});

describe('a request that cannot be understood', () => {
  it.each([
    ['', 422],
    ['{"user":', 400],
    ['{"user":"a","user":"b"}', 400],
    ['[]', 422],
    ['{}', 422],
    ['\u00ff', 422],
    ['{"user":"a","event":"MessageNew","folder":"INBOX"}', 422],
    ['{"user":"a","events":[{"name":"MailboxRename","mailbox":"A"}]}', 422],
  ])('%j is refused with %i', (body, status) => {
    expect(read(body)).toMatchObject({ problem: { status } });
  });

  it('is taken where Dovecot is known to send it, and put with the unusable: it would not come again', () => {
    for (const user of ['""', 'null']) {
      const body = `{"user":${user},"event":"messageNew","folder":"INBOX","imap-uidvalidity":7,"imap-uid":1}`;
      expect(requestsOf(body).map(decodeRaw)).toMatchObject([
        { ok: false, problem: { stage: 'event', message: expect.stringContaining('user') } },
      ]);
    }
  });

  it('bytes that are neither JSON nor a form are refused', () => {
    expect(read(Uint8Array.of(0x7b, 0xff))).toMatchObject({ problem: { status: 400 } });
  });

  it('does not cost the other notifications of its transaction', () => {
    const events = [
      { name: 'MailboxRename', mailbox: 'A' },
      { name: 'MailboxCreate', mailbox: 'B' },
    ];
    const requests = requestsOf(JSON.stringify({ user: 'alice', events }));
    expect(requests.map((request) => decodeRaw(request).ok)).toEqual([false, true]);
  });

  it('is refused when its list of UIDs would become too many, or too long', () => {
    const thousand = Array.from({ length: 1000 }, (_, i) => i + 1);
    const long = {
      user: 'a',
      event: 'MessageNew',
      folder: 'INBOX',
      'imap-uidvalidity': 7,
      subject: 'x'.repeat(20_000),
    };
    expect(read(JSON.stringify({ ...long, 'imap-uid': thousand }))).toMatchObject({ problem: { status: 422 } });
    expect(requestsOf(JSON.stringify({ ...long, 'imap-uid': thousand.slice(0, 100) }))).toHaveLength(100);
    const uids = Array.from({ length: 20_000 }, (_, i) => i + 1);
    const body = { user: 'a', event: 'MessageNew', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': uids };
    expect(read(JSON.stringify(body))).toMatchObject({ problem: { status: 422 } });
  });
});

it('a STORE on many messages is taken apart in time', () => {
  const events = Array.from({ length: 3000 }, (_, i) => [
    { name: 'FlagsSet', mailbox: 'INBOX', uid: i + 1, uid_validity: 7, flags: ['\\Seen'] },
    { name: 'MessageRead', mailbox: 'INBOX', uid: i + 1, uid_validity: 7 },
  ]).flat();
  expect(requestsOf(JSON.stringify({ user: 'alice', events }))).toHaveLength(6000);
});

it('a flag that is named again and again is told once', () => {
  const many = <T>(one: (index: number) => T): readonly T[] => Array.from({ length: 50_000 }, (_, index) => one(index));
  const about = { user: 'alice', event: 'FlagsSet', folder: 'INBOX', 'imap-uidvalidity': 7 };
  const body = { ...about, 'imap-uid': many((index) => index + 1), flags: many(() => '\\Seen') };
  expect(requestsOf(JSON.stringify(body))).toHaveLength(2);
});

it('tells of the same arrival in the same words, whichever driver it comes from', () => {
  const ox = '{"user":"alice","event":"messageNew","folder":"INBOX","imap-uidvalidity":7,"imap-uid":1,"unseen":1}';
  const table = { name: 'MessageNew', mailbox: 'INBOX', uid_validity: 7, uid: 1, flags: {}, subject: 'a' };
  const lua = JSON.stringify({ user: 'alice', events: [table] });
  const [one, other] = [requestsOf(ox)[0], requestsOf(lua)[0]];
  expect(announcementOf(one)).toMatchObject({ once: true, what: announcementOf(other)?.what });
  expect(one?.source).not.toBe(other?.source);
  expect(one?.source).not.toBe(requestsOf(ox, 'u=alice')[0]?.source);
});

it('never throws, and whatever it takes the decoder reads without throwing', () => {
  const pieces = fc.constantFrom('user', 'event', 'folder', 'imap-uid', 'imap-uidvalidity', 'flags', 'events', 'name');
  const values = fc.oneof(
    fc.constantFrom<unknown>('alice', 'MessageNew', 'FlagsSet', 'MailboxRename', ['\\Seen', 'x y'], {}, null, 1.5, -1),
    fc.jsonValue(),
  );
  const json = fc.oneof(fc.dictionary(pieces, values), fc.array(fc.dictionary(pieces, values)), fc.jsonValue());
  const bodies = fc.oneof(
    json.map((value) => Buffer.from(JSON.stringify(value))),
    fc.uint8Array({ maxLength: 100 }),
    fc.webQueryParameters().map((text) => Buffer.from(`mailbox=a&${text}`)),
  );
  fc.assert(
    fc.property(bodies, (body) => {
      const reading = read(body);
      if ('problem' in reading) return;
      for (const request of reading.requests) decodeRaw(request);
    }),
    { numRuns: tries(2000) },
  );
});
