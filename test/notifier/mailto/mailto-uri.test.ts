/** The mailto URI: the examples of RFC 6068 and RFC 5436, and what a hostile script writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MailtoUri, maxRecipients, parseMailtoUri } from '../../../src/notifier/mailto/mailto-uri.ts';
import { tries } from '../../support/long.ts';

function read(text: string): MailtoUri {
  const parsed = parseMailtoUri(text);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.value;
}

describe('parseMailtoUri', () => {
  it.each<[string, Partial<MailtoUri>]>([
    ['mailto:chris@example.com', { to: ['chris@example.com'], cc: [] }],
    ['MAILTO:chris@example.com', { to: ['chris@example.com'] }],
    ['chris@example.com?subject=x', { to: ['chris@example.com'], subject: 'x' }],
    ['mailto:infobot@example.com?subject=current-issue', { subject: 'current-issue' }],
    [
      'mailto:infobot@example.com?body=send%20current-issue%0D%0Asend%20index',
      { body: 'send current-issue\r\nsend index' },
    ],
    ['mailto:joe@example.com?cc=bob@example.com&body=hello', { to: ['joe@example.com'], cc: ['bob@example.com'] }],
    ['mailto:gorby%25kremvax@example.com', { to: ['gorby%kremvax@example.com'] }],
    ['mailto:unlikely%3Faddress@example.com?blat=foop', { to: ['unlikely?address@example.com'] }],
    ['mailto:Mike%26family@example.org', { to: ['Mike&family@example.org'] }],
    ['mailto:%22not%40me%22@example.org', { to: ['"not@me"@example.org'] }],
    ['mailto:%22oh%5C%5Cno%22@example.org', { to: ['"oh\\\\no"@example.org'] }],
    ['mailto:user@example.org?subject=caf%C3%A9', { subject: 'café' }],
    ['mailto:user@%E7%B4%8D%E8%B1%86.example.org?subject=Test', { to: ['user@xn--99zt52a.example.org'] }],
    [
      'mailto:0123456789@sms.example.net?to=backup@example.com',
      { to: ['0123456789@sms.example.net', 'backup@example.com'] },
    ],
    ['mailto:?to=addr1@an.example,addr2@an.example', { to: ['addr1@an.example', 'addr2@an.example'] }],
    ['mailto:addr1@an.example%2C%20addr2@an.example', { to: ['addr1@an.example', 'addr2@an.example'] }],
    ['mailto:a+b@example.org?subject=1+1', { to: ['a+b@example.org'], subject: '1+1' }],
    ['mailto:a@example.org#there', { to: ['a@example.org'] }],
    ['mailto:a@example.org?SUBJECT=one&subject=two', { subject: 'one' }],
    ['mailto:a@example.org?to=a@EXAMPLE.org&cc=a@example.org', { to: ['a@example.org'], cc: [] }],
    ['mailto:a@example.org?reply-to=b@example.org', { replyTo: 'b@example.org' }],
  ])('reads %s', (uri, expected) => {
    expect(read(uri)).toMatchObject(expected);
  });

  it('ignores every header that a script must not set', () => {
    const unsafe = [
      ...['auto-submitted', 'received', 'from', 'message-id', 'date', 'sender', 'bcc', 'resent-to', 'resent-from'],
      ...['content-type', 'mime-version', 'return-path', 'x-sieve', 'list-id', 'reply-to', 'x%0D%0Ay', ''],
    ];
    const uri = read(`mailto:a@example.org?${unsafe.map((name) => `${name}=evil`).join('&')}&Keywords=good`);
    expect(uri).toEqual({ to: ['a@example.org'], cc: [], headers: new Map([['keywords', 'good']]) });
  });

  it.each([
    ['mailto:', 'no recipient'],
    ['mailto:?subject=x', 'no recipient'],
    ['mailto:john', 'address'],
    ['mailto:a@example.org%0ABcc:x@example.org', 'address'],
    ['mailto:a@example.org?cc=-x@example.org', 'address'],
    ['mailto:a@example.org?subject', 'no ='],
    ['mailto:a%zz@example.org', 'has a %'],
    ['mailto:a@example.org?subject=%ff', 'has a %'],
    [`mailto:${Array.from({ length: maxRecipients }, (_, index) => `a${index}@x`).join(',')}?cc=b@x`, 'recipients'],
  ])('refuses %s', (uri, reason) => {
    expect(parseMailtoUri(uri)).toEqual({ wrong: expect.stringContaining(reason) });
  });

  it('takes as many recipients as are allowed', () => {
    const list = Array.from({ length: maxRecipients }, (_, index) => `a${index}@x`);
    expect(read(`mailto:${list.join(',')}`).to).toEqual(list);
  });

  it('answers any text, and gives only addresses', () => {
    const pieces = fc.constantFrom(
      'mailto:',
      'a@x',
      ',',
      '?',
      '&',
      '=',
      'to',
      'cc',
      'subject',
      '%2C',
      '%0A',
      '"',
      '%',
      '#',
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const parsed = parseMailtoUri(parts.join(''));
        if ('wrong' in parsed) return;
        const all = [...parsed.value.to, ...parsed.value.cc];
        expect(all.length).toBeGreaterThan(0);
        for (const address of all) expect(address).toMatch(/^[!-~ ]+@[A-Za-z0-9.-]+$/);
      }),
      { numRuns: tries(500) },
    );
  });
});
