import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImapUrl } from '../../src/decode/imap-url.ts';
import { parseUidset } from '../../src/decode/uidset.ts';
import { formats } from '../../src/schema/format.ts';

function check(format: string, text: string): boolean {
  const test = formats[format];
  if (typeof test !== 'function') throw new Error(`${format} is no function`);
  return test(text) === true;
}

/** Text made of pieces that occur in what is meant, so that much of it is nearly right. */
const made = (...pieces: readonly string[]) =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

const limits = { numRuns: 1000 };

describe('imap-url', () => {
  const pieces = [
    ...['imap://', 'IMAP://', 'h', 'example.org', '/', '/INBOX', '/;UID=', ';UID=', ';UIDVALIDITY=', ';uidvalidity='],
    ...[
      '1',
      '0',
      '3999999999',
      '4294967295',
      '4294967296',
      '@',
      ':',
      ';',
      '?',
      '%',
      '%20',
      '%C3%BC',
      '%ff',
      '%0A',
      '%3B',
    ],
    ...['.', '~', ' ', '\n', '\u00fc', '[::1]', 'a b', '&', '%7F', '%61', '%2F'],
  ];

  it('is what the decoder reads, however it is found out', () => {
    const property = fc.property(made(...pieces), fc.boolean(), (text, withScheme) => {
      const url = withScheme ? `imap://h${text}` : text;
      expect([url, check('imap-url', url)]).toEqual([url, parseImapUrl(url).ok]);
    });
    fc.assert(property, limits);
  });

  it('may be long', () => {
    expect(check('imap-url', `imap://h/${'a'.repeat(1_000_000)}`)).toBe(true);
    expect(check('imap-url', `imap://h/${'a'.repeat(1_000_000)}\n`)).toBe(false);
  });
});

describe('uidset', () => {
  it('is what the decoder reads', () => {
    const pieces = ['1', '42', '0', '4294967295', '4294967296', ',', ':', '*', '1:', ',7', ' ', 'a', '-', '\n', '१'];
    const property = fc.property(made(...pieces), (text) => {
      expect([text, check('uidset', text)]).toEqual([text, parseUidset(text).ok]);
    });
    fc.assert(property, limits);
  });

  it('may be long', () => {
    expect(check('uidset', `${'1,'.repeat(1_000_000)}2:3`)).toBe(true);
    expect(check('uidset', `${'1,'.repeat(1_000_000)}2:`)).toBe(false);
  });
});

describe('the others', () => {
  it.each([
    ['ip-address', '127.0.0.1', true],
    ['ip-address', '2001:db8::1', true],
    ['ip-address', 'fe80::1%eth0', true],
    ['ip-address', '127.1', false],
    ['ipv4', '127.0.0.1', true],
    ['ipv4', '::1', false],
    ['ipv6', '::1', true],
    ['ipv6', '127.0.0.1', false],
    ['imap-list', '()', true],
    ['imap-list', '(', false],
    ['imap-list', '', false],
  ])('%s: %s', (format, text, expected) => {
    expect(check(format, text)).toBe(expected);
  });
});
