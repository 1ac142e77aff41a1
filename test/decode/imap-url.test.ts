import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../src/decode/event.ts';
import { decodeFrame } from '../../src/decode/frame.ts';
import { formatImapUrl, type ImapUrl, parseImapUrl } from '../../src/decode/imap-url.ts';
import { measuredMs } from '../support/processor-ms.ts';
import { captured } from './captured.ts';
import { accepted, refused } from './outcome.ts';

/** Every URL in the captured events, in whatever parameter. */
const capturedUrls = [
  ...new Set(
    captured.flatMap(({ bytes }) => {
      const event = decodeEvent(accepted(decodeFrame(bytes)).message);
      if (!event.ok) return [];
      return Object.values(event.value).filter((value): value is string => String(value).startsWith('imap://'));
    }),
  ),
];

describe('captured URLs', () => {
  it('are many', () => expect(capturedUrls.length).toBeGreaterThan(30));

  it.each(capturedUrls)('%s is read, and written as Cyrus wrote it', (text) => {
    const url = accepted(parseImapUrl(text));
    expect(url.host).toBe('cyruslab.test');
    expect(formatImapUrl(url)).toBe(text);
  });
});

describe('a URL', () => {
  const host = 'imap.example.org';

  it.each<[string, ImapUrl]>([
    ['imap://imap.example.org', { host }],
    ['imap://imap.example.org/', { host }],
    ['IMAP://imap.example.org', { host }],
    // Cyrus 2.5
    [
      'imap://john@example.org@imap.example.org/INBOX;UIDVALIDITY=1411487714/;UID=6',
      { host, user: 'john@example.org', mailbox: 'INBOX', uidvalidity: 1411487714, uid: 6 },
    ],
    [
      'imap://john.doe@example.org@kolab.example.org/INBOX',
      { host: 'kolab.example.org', user: 'john.doe@example.org', mailbox: 'INBOX' },
    ],
    ['imap://john@imap.example.org/Archive', { host, user: 'john', mailbox: 'Archive' }],
    ['imap://a@b@c@imap.example.org', { host, user: 'a@b@c' }],
    // Cyrus 3.x
    [
      'imap://imap.example.org/user.john@example.org.Sub;UIDVALIDITY=7/;UID=8',
      { host, mailbox: 'user.john@example.org.Sub', uidvalidity: 7, uid: 8 },
    ],
    ['imap://imap.example.org/user/john%40example.org/Sub', { host, mailbox: 'user/john@example.org/Sub' }],
    ['imap://imap.example.org/user/john/a@b', { host, mailbox: 'user/john/a@b' }],
    // RFC 5092
    ['imap://john%40example.org@imap.example.org/INBOX', { host, user: 'john@example.org', mailbox: 'INBOX' }],
    ['imap://%6Aohn;AUTH=*@imap.example.org/INBOX', { host, user: 'john', mailbox: 'INBOX' }],
    ['imap://j@x;auth=GSSAPI@imap.example.org/INBOX', { host, user: 'j@x', mailbox: 'INBOX' }],
    ['imap://;AUTH=*@imap.example.org/INBOX', { host, mailbox: 'INBOX' }],
    ['imap://@imap.example.org/INBOX', { host, mailbox: 'INBOX' }],
    ['imap://imap.example.org:143/INBOX', { host, port: 143, mailbox: 'INBOX' }],
    ['imap://imap.example.org:/INBOX', { host, mailbox: 'INBOX' }],
    ['imap://192.0.2.1:65535/INBOX', { host: '192.0.2.1', port: 65535, mailbox: 'INBOX' }],
    ['imap://[2001:db8::1]/INBOX', { host: '2001:db8::1', mailbox: 'INBOX' }],
    ['imap://john@[::ffff:192.0.2.1]:993/', { host: '::ffff:192.0.2.1', port: 993, user: 'john' }],
    [
      'imap://imap.example.org/INBOX;uidValidity=1/;uid=4294967295',
      { host, mailbox: 'INBOX', uidvalidity: 1, uid: 4294967295 },
    ],
    ['imap://imap.example.org/INBOX;UID=5', { host, mailbox: 'INBOX', uid: 5 }],
    ['imap://imap.example.org/INBOX/;UID=5;UIDVALIDITY=6', { host, mailbox: 'INBOX', uidvalidity: 6, uid: 5 }],
    ['imap://imap.example.org/INBOX/;UID=5/;SECTION=1.2/;PARTIAL=0.1024', { host, mailbox: 'INBOX', uid: 5 }],
    ['imap://imap.example.org/INBOX/;UID=5/;section=HEADER.FIELDS%20(SUBJECT)', { host, mailbox: 'INBOX', uid: 5 }],
    [
      'imap://imap.example.org/INBOX/;UID=5;EXPIRE=2026-01-01T00:00:00Z;URLAUTH=submit+fred:internal:91354a473744909de610943775f92038',
      { host, mailbox: 'INBOX', uid: 5 },
    ],
    ['imap://imap.example.org/INBOX;UIDVALIDITY=1?SUBJECT%20x;UID=9', { host, mailbox: 'INBOX', uidvalidity: 1 }],
    ['imap://imap.example.org/INBOX?TEXT%20a', { host, mailbox: 'INBOX' }],
    // Encoding
    ['imap://imap.example.org/%E6%97%A5%e6%9c%ac', { host, mailbox: '日本' }],
    ['imap://imap.example.org/%F0%9F%98%80', { host, mailbox: '😀' }],
    ['imap://imap.example.org/日本', { host, mailbox: '日本' }],
    ['imap://imap.example.org/a%3BUID=5', { host, mailbox: 'a;UID=5' }],
    ['imap://imap.example.org/a%3bUID%3d5/;UID=6', { host, mailbox: 'a;UID=5', uid: 6 }],
    ['imap://imap.example.org/a%2Fb%3Fc%25', { host, mailbox: 'a/b?c%' }],
    ['imap://imap.example.org/a+b', { host, mailbox: 'a+b' }],
    ['imap://imap.example.org/a b', { host, mailbox: 'a b' }],
    ['imap://imap.example.org//a//b', { host, mailbox: '/a//b' }],
  ])('%s', (text, expected) => {
    expect(accepted(parseImapUrl(text))).toEqual(expected);
  });

  it.each<[string, string, number]>([
    ['', '""', 0],
    ['imap:/h/INBOX', '"imap:/h/INBO"', 0],
    ['imaps://h/INBOX', 'imap://', 0],
    ['http://h/INBOX', 'imap://', 0],
    [' imap://h', 'imap://', 0],
    ['/user/john', 'imap://', 0],
    ['imap://', '""', 7],
    ['imap:///INBOX', '""', 7],
    ['imap://john@/INBOX', '""', 12],
    ['imap://a b/INBOX', '"a b"', 7],
    ['imap://h;UIDVALIDITY=1', '"h;UIDVALIDITY=1"', 7],
    ['imap://h%41/INBOX', '"h%41"', 7],
    ['imap://h\n/INBOX', '"h\\n"', 7],
    ['imap://::1/INBOX', '"::1"', 7],
    ['imap://[::1/INBOX', '"[::1"', 7],
    ['imap://[h]/INBOX', '"[h]"', 7],
    ['imap://h:0/INBOX', '65535', 7],
    ['imap://h:65536/INBOX', '"65536"', 7],
    ['imap://h:143x/INBOX', '"h:143x"', 7],
    ['imap://john;x@h/INBOX', ';AUTH=', 11],
    ['imap://john;AUTH=@h/INBOX', ';AUTH=', 11],
    ['imap://%zz@h/INBOX', '"%zz"', 7],
    ['imap://jo%0Ahn@h/INBOX', 'control', 7],
    ['imap://h/a%', '"%"', 10],
    ['imap://h/ü%4', '"%4"', 11],
    ['imap://h/%FF', 'UTF-8', 9],
    ['imap://h/%C3', 'UTF-8', 9],
    ['imap://h/%C0%AF', 'UTF-8', 9],
    ['imap://h/%ED%A0%80', 'UTF-8', 9],
    ['imap://h/\ud800', 'surrogate', 9],
    ['imap://h/%00', 'control', 9],
    ['imap://h/a%0d%0aBcc:', 'control', 9],
    ['imap://h/a\tb', 'control', 9],
    ['imap://h/%1F', 'control', 9],
    ['imap://h/%7F', 'control', 9],
    ['imap://h/a;UIDVALIDITY=0', ' 4294967295', 23],
    ['imap://h/a;UIDVALIDITY=4294967296', '"4294967296"', 23],
    ['imap://h/a;UIDVALIDITY=99999999999999999999', '"99999999999999999999"', 23],
    ['imap://h/a;UIDVALIDITY=', '""', 23],
    ['imap://h/a;UIDVALIDITY=01', '"01"', 23],
    ['imap://h/a/;UID=-1', '"-1"', 16],
    ['imap://h/a/;UID=1e3', '"1e3"', 16],
    ['imap://h/a/;UID=1:*', '"1:*"', 16],
    ['imap://h/a/;UID=1/', '"1/"', 16],
    ['imap://h/a/;UID=1//;SECTION=1', '"1/"', 16],
    ['imap://h/a;UID=1;uid=2', 'UID', 17],
    ['imap://h/a;b', 'UIDVALIDITY=, UID=', 11],
    ['imap://h/a;UIDVALIDITY', '"UIDVALIDITY"', 11],
    ['imap://h/a;', '""', 11],
    ['imap://h/a;x;UID=1', '"x"', 11],
    ['imap://h/a;\u017fECTION=1', '', 11],
    ['imap://h/;UID=1', 'missing', 9],
    ['imap://h//;UID=1', 'missing', 9],
    ['imap://h/a?%zz', '"%zz"', 11],
    ['imap://h/a/;UID=1/;SECTION=%', '"%"', 27],
  ])('%j is refused', (text, message, byte) => {
    const problem = refused(parseImapUrl(text));
    expect(problem).toMatchObject({ stage: 'uri', byte });
    expect(problem.message).toContain(message);
  });

  it('is read in time that grows with its length', () => {
    const { processorMs } = measuredMs(() => {
      for (const piece of [';', '@', '%', '%C3', '/', '?', ';UID=1', '[', ':']) {
        parseImapUrl(`imap://${piece.repeat(200_000)}`);
        parseImapUrl(`imap://h/${piece.repeat(200_000)}`);
        parseImapUrl(`imap://${piece.repeat(200_000)}@h/a`);
      }
    });
    expect(processorMs).toBeLessThan(5_000);
  });
});

describe('writing a URL', () => {
  it.each<[ImapUrl, string]>([
    [{ host: 'h' }, 'imap://h'],
    [{ host: 'h', uidvalidity: 1, uid: 2 }, 'imap://h'],
    [{ host: 'h', mailbox: '' }, 'imap://h'],
    [{ host: '::1', port: 143, user: 'j/d@x', mailbox: 'a/' }, 'imap://j%2Fd%40x@[::1]:143/a%2F'],
    // Every printable character of ASCII, as lib/imapurl.c has them.
    [
      { host: 'h', mailbox: ' !"#$%&\'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~' },
      "imap://h/%20!%22%23$%25%26'()*%2B,-./09%3A%3B%3C%3D%3E%3F%40AZ%5B%5C%5D%5E_%60az%7B%7C%7D~",
    ],
    [{ host: 'h', mailbox: 'ü日😀', uidvalidity: 1 }, 'imap://h/%C3%BC%E6%97%A5%F0%9F%98%80;UIDVALIDITY=1'],
    [{ host: 'h', mailbox: 'a\ud800' }, 'imap://h/a%EF%BF%BD'],
  ])('%j', (url, expected) => {
    expect(formatImapUrl(url)).toBe(expected);
  });

  it('is undone by reading', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1 })
      .filter((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text.replace(/[\u0080-\u009f]/g, '')));
    const number = fc.integer({ min: 1, max: 0xffff_ffff });
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    const place = fc.record({ host, port: fc.integer({ min: 1, max: 65535 }), user: name }, { requiredKeys: ['host'] });
    const within = fc.record({ mailbox: name, uidvalidity: number, uid: number }, { requiredKeys: ['mailbox'] });
    const anyUrl: fc.Arbitrary<ImapUrl> = fc
      .tuple(place, fc.option(within))
      .map(([server, path]) => ({ ...server, ...path }));
    fc.assert(
      fc.property(anyUrl, (url) => {
        expect(accepted(parseImapUrl(formatImapUrl(url)))).toEqual(url);
      }),
      { numRuns: 500 },
    );
  });
});
