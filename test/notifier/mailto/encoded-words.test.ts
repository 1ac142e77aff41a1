/** Encoded words of RFC 2047, against its own examples and against what mail programs really write. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeWords } from '../../../src/notifier/mailto/encoded-words.ts';

it.each([
  // RFC 2047 §8.
  ['(=?ISO-8859-1?Q?a?=)', '(a)'],
  ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=)', '(ab)'],
  ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
  ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
  ['=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>', 'Keith Moore <moore@cs.utk.edu>'],
  [
    '=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=',
    'If you can read this you understand the example.',
  ],
  // RFC 2231 §5.
  ['=?US-ASCII*EN?Q?Keith_Moore?=', 'Keith Moore'],
  // A character in two halves, as many programs cut it.
  ['=?utf-8?B?0J/RgNC40LLQ?= =?UTF-8?B?tdGC?=', 'Привет'],
  ['=?utf-8?q?J=C3?= =?utf-8?q?=BCrgen?=', 'Jürgen'],
  ['From: =?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?= <j@x.de>', 'From: Jürgen Müller <j@x.de>'],
  ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
  ['=?gb2312?B?xOO6ww==?=', '你好'],
  ['=?iso-2022-jp?B?GyRCJDMbKEI=?=', 'こ'],
  ['=?windows-1252?Q?=80?=', '€'],
])('%j says %j', (encoded, text) => {
  expect(decodeWords(encoded)).toBe(text);
});

it.each([
  'no words',
  '=?utf-8?q?not closed',
  '=?x-unknown?q?a?=',
  '=?utf-8?x?a?=',
  '=?utf-8?q?white space?=',
  '=??q?a?=',
])('leaves %j as it is', (text) => {
  expect(decodeWords(text)).toBe(text);
});

it('makes no line of what stood in a line', () => {
  expect(decodeWords('=?utf-8?q?a=0D=0ABcc:_victim@x.example=00?=')).toBe('a  Bcc: victim@x.example ');
});

it('decodes whatever was encoded in Q or B', () => {
  const q = (bytes: Uint8Array): string => [...bytes].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join('');
  const text = fc.string({ unit: 'binary' }).filter((one) => !/\p{Cc}/u.test(one) && !one.startsWith('\ufeff'));
  fc.assert(
    fc.property(text, (written) => {
      const bytes = Buffer.from(written);
      expect(decodeWords(`<=?utf-8?q?${q(bytes)}?=>`)).toBe(`<${written}>`);
      expect(decodeWords(`<=?utf-8?b?${bytes.toString('base64')}?=>`)).toBe(`<${written}>`);
    }),
  );
});
