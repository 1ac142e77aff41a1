import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { formatImapUrl, parseImapUrl } from '../../src/decode/imap-url.ts';
import { mailboxOf } from '../../src/decode/mailbox.ts';
import { captured } from '../decode/captured.ts';
import { damaged, fuzz } from './fuzz.ts';

const urls = [
  ...captured.flatMap(
    ({ bytes }) =>
      Buffer.from(bytes)
        .toString()
        .match(/imap:\/\/[^"]+/g) ?? [],
  ),
  'imap://john@example.org@imap.example.org/INBOX;UIDVALIDITY=1411487714/;UID=6',
  'imap://imap.example.org/user.john@example.org.Sub;UIDVALIDITY=1/;UID=2',
  'imap://j;AUTH=*@[2001:db8::1]:143/example.org!user.john^doe.Sub/;UID=5/;SECTION=1.2/;PARTIAL=0.1024',
].map((url) => Buffer.from(url));
const tokens = ['@', ';', '/', '?', '%', '%2F', '%C3', '%00', '%41', ';UID=', ';UIDVALIDITY=', ':', '[', ']', '=', '0'];
const moreTokens = [...tokens, 'user/', 'user.', '!', '^', 'ü', '\n', 'imap://', ';AUTH=*', '4294967296'];

/** Whatever the text is: a URL that is the same when it is written and read again, or a problem within it. */
function check(text: string): void {
  const outcome = parseImapUrl(text);
  if (!outcome.ok) {
    expect(outcome.problem.stage).toBe('uri');
    expect(outcome.problem.message.length).toBeLessThan(300);
    expect(outcome.problem.byte).toBeLessThanOrEqual(Buffer.byteLength(text));
    return;
  }
  const url = outcome.value;
  expect(parseImapUrl(formatImapUrl(url))).toEqual(outcome);
  for (const part of [url.host, url.user ?? '', url.mailbox ?? '']) {
    expect(part.length).toBeLessThanOrEqual(text.length);
    expect([...part].some((character) => character < ' ' || character === '\x7f')).toBe(false);
  }
  const mailbox = mailboxOf(url);
  // Above the mailboxes of the users there is none (timsieved of Cyrus 3.10).
  const isAboveUsers = url.mailbox === 'user' && url.user === undefined;
  expect(mailbox?.name).toBe(isAboveUsers ? undefined : url.mailbox);
  if (mailbox?.owner !== undefined) expect(mailbox.owner).not.toBe('');
}

describe('the IMAP URL', () => {
  fuzz(
    'stands real URLs with damage',
    damaged(urls, moreTokens).map((bytes) => Buffer.from(bytes).toString()),
    check,
  );
  fuzz(
    'stands any text',
    fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => `imap://h/${text}`),
      fc
        .array(fc.constantFrom(...moreTokens, 'a', '1'), { maxLength: 20 })
        .map((pieces) => `imap://${pieces.join('')}`),
      fc.webUrl(),
    ),
    check,
  );
});
