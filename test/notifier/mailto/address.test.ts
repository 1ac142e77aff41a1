/** Addresses: what may reach an envelope, a header and a command line, and what may not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isInternational,
  parseAddress,
  parseMailbox,
  parseRecipient,
  splitAddresses,
  uniqueAddresses,
} from '../../../src/notifier/mailto/address.ts';

function read(text: string): string | undefined {
  const parsed = parseAddress(text);
  return 'value' in parsed ? parsed.value : undefined;
}

describe('parseAddress', () => {
  it.each([
    'john@example.org',
    'john.doe+tag@sub.example.org',
    "o'hara@example.org",
    'a%b@example.org',
    'root@localhost',
    '"john doe"@example.org',
    '"a\\"b\\\\c"@example.org',
    '"not@me"@example.org',
    `${'a'.repeat(64)}@example.org`,
    'x@xn--bcher-kva.example',
  ])('takes %s as it is', (address) => {
    expect(read(address)).toBe(address);
  });

  it.each([
    ['"john"@example.org', 'john@example.org'],
    ['"jo\\hn"@example.org', undefined],
    ['x@bücher.example', 'x@xn--bcher-kva.example'],
  ])('brings %s to its simplest form', (written, simplest) => {
    expect(read(written)).toBe(simplest);
  });

  it.each([
    '',
    'john',
    '@example.org',
    'john@',
    'john@@example.org',
    'a@b@example.org',
    '.john@example.org',
    'john.@example.org',
    'jo..hn@example.org',
    'john doe@example.org',
    'john@example.org,jane@example.org',
    'john@example.org\nBcc: x@example.org',
    'john\r\n@example.org',
    'john@example.org\0',
    'john@exa mple.org',
    '<john@example.org>',
    '"<x>"@example.org',
    '""@example.org',
    '"a\nb"@example.org',
    '-oQ/tmp@example.org',
    '"-oQ/tmp x"@example.org',
    '|/bin/sh@example.org',
    '"|/bin/sh -c x"@example.org',
    'jöhn@example.org',
    'john@[192.0.2.1]',
    'john@192.0.2.1',
    'john@１２７.0.0.1',
    'john@-example.org',
    'john@example-.org',
    'john@example..org',
    'john@example.org.',
    'john@under_score.org',
    `${'a'.repeat(65)}@example.org`,
    `a@${'b'.repeat(64)}.org`,
    `a@${'b.'.repeat(126)}org`,
  ])('refuses %j', (text) => {
    expect(parseAddress(text)).toEqual({ wrong: expect.stringMatching(/./) });
  });

  it('never lets through what could be an option, a second address, or a second line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.constantFrom('', '@example.org', '@b'),
        (text, end) => {
          const address = read(text + end);
          if (address === undefined) return;
          expect(address).toMatch(/^[!-~ ]+$/);
          expect(address).not.toMatch(/^["]?[-|]|[<>\r\n]/);
          expect(address.length).toBeLessThanOrEqual(254);
          expect(splitAddresses(address)).toEqual([address]);
          expect(read(address)).toBe(address);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('parseRecipient', () => {
  const read = (text: string): string | undefined => {
    const parsed = parseRecipient(text);
    return 'value' in parsed ? parsed.value : undefined;
  };

  it.each([
    ['jürgen@bücher.example', 'jürgen@xn--bcher-kva.example'],
    ['用户.名@example.org', '用户.名@example.org'],
    [`${'ä'.repeat(32)}@example.org`, `${'ä'.repeat(32)}@example.org`],
    ['john@example.org', 'john@example.org'],
    ['"john doe"@example.org', '"john doe"@example.org'],
  ])('takes %s', (written, address) => {
    expect(read(written)).toBe(address);
    expect(isInternational(address)).toBe(/[^ -~]/.test(address));
  });

  it.each([
    `${'ä'.repeat(33)}@example.org`,
    'jür gen@example.org',
    '.ü@example.org',
    '-ü@example.org',
    '|ü@example.org',
    '"jür gen"@example.org',
    'ü\n@example.org',
    'ü\u0000@example.org',
    'ü\u0085@example.org',
    'ü\u00a0@example.org',
    'ü\u2028@example.org',
    'ü\u202e@example.org',
    'ü\u200b@example.org',
    'ü\ud800@example.org',
    'ü@[192.0.2.1]',
    'ü',
  ])('refuses %j', (text) => {
    expect(parseRecipient(text)).toEqual({ wrong: expect.stringMatching(/./) });
  });

  it('never lets through what could be an option, a second address, or a second line', () => {
    const unit = fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom(...'aü-|"<>,;: \\\r\n\0\u202e'));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 20 }), (units) => {
        const address = read(`${units.join('')}@example.org`);
        if (address === undefined) return;
        expect(address).not.toMatch(/^["]?[-|]|[<>]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(Buffer.byteLength(address)).toBeLessThanOrEqual(254);
        expect(splitAddresses(address)).toEqual([address]);
        expect(read(address)).toBe(address);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseMailbox', () => {
  it.each([
    ['john@example.org', { name: '', address: 'john@example.org' }],
    ['John Doe <john@example.org>', { name: 'John Doe', address: 'john@example.org' }],
    ['"Doe, John" <john@example.org>', { name: 'Doe, John', address: 'john@example.org' }],
    ['<john@example.org>', { name: '', address: 'john@example.org' }],
    ['Jöhn <john@example.org>', { name: 'Jöhn', address: 'john@example.org' }],
  ])('takes %s', (text, mailbox) => {
    expect(parseMailbox(text)).toEqual({ value: mailbox });
  });

  it.each(['John', 'John <john>', 'John <john@example.org> x', 'A <a@b> <c@d>', 'J\nX: y <john@example.org>', ''])(
    'refuses %j',
    (text) => expect(parseMailbox(text)).toHaveProperty('wrong'),
  );
});

describe('lists of addresses', () => {
  it('are split outside quotes', () => {
    expect(splitAddresses('a@x, "b,c"@x ,, "d\\",e"@x,')).toEqual(['a@x', '"b,c"@x', '"d\\",e"@x']);
  });

  it('hold each address once, domains compared without case', () => {
    expect(uniqueAddresses(['a@x.org', 'A@x.org', 'a@X.org', 'b@x.org'])).toEqual(['a@x.org', 'A@x.org', 'b@x.org']);
  });
});
