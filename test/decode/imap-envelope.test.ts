import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseImapEnvelope } from '../../src/decode/imap-envelope.ts';

const alice = '((Alice NIL "alice" "example.net"))'.replace('Alice', '"Alice \\"A\\" Example"');

it('reads subject, senders and recipients', () => {
  const text = `("Sat, 21 Nov 2026 06:29:06 -0000" "plain one" ${alice} ${alice} ${alice} ((NIL NIL "john" "h")(NIL NIL "jane" "h")) NIL NIL NIL "<1@h>")`;
  expect(parseImapEnvelope(text)).toEqual({
    subject: 'plain one',
    from: [{ name: 'Alice "A" Example', address: 'alice@example.net' }],
    to: [
      { name: '', address: 'john@h' },
      { name: '', address: 'jane@h' },
    ],
  });
});

it('reads a literal, as Cyrus writes what cannot be quoted', () => {
  const subject = 'bell \u0007 esc \u001b tab \t "q" \\b';
  expect(parseImapEnvelope(`("date" {25}\r\n${subject} ${alice})`)).toMatchObject({
    subject,
    from: [{ address: 'alice@example.net' }],
  });
  expect(parseImapEnvelope('("date" {5}\r\näbc! NIL)')?.subject).toBe('äbc!');
});

it.each([
  ['("Sat" NIL NIL NIL NIL NIL NIL NIL NIL "<x>")', { subject: '', from: [], to: [] }],
  ['("Sat" "breaks o', { subject: 'breaks o', from: [], to: [] }],
  ['("Sat" "group" ((NIL NIL "friends" NIL) (NIL NIL "a" "h") (NIL NIL NIL NIL)))', { from: [{ address: 'a@h' }] }],
  ['((((("too deep")))))', { subject: '' }],
])('reads as much of %s as there is', (text, expected) => {
  expect(parseImapEnvelope(text)).toMatchObject(expected);
});

it('answers undefined for what is no envelope, and never throws', () => {
  for (const text of ['', 'NIL', '"a"', 'x', '{3}\r\nabc']) expect(parseImapEnvelope(text)).toBeUndefined();
  const part = fc.constantFrom('(', ')', '"', '\\', '{', '}', '{3}\r\n', 'NIL', ' ', 'a', 'ä', '\ud83d', '9');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const envelope = parseImapEnvelope(parts.join(''));
      for (const { address } of [...(envelope?.from ?? []), ...(envelope?.to ?? [])]) expect(address).toContain('@');
    }),
  );
});

it('reads back any text, quoted or as a literal', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (subject, name) => {
      const quoted = (one: string): string => `"${one.replace(/["\\]/g, '\\$&')}"`;
      const written = `("d" {${Buffer.byteLength(subject)}}\r\n${subject} ((${quoted(name)} NIL "a" "h")))`;
      expect(parseImapEnvelope(written)).toEqual({ subject, from: [{ name, address: 'a@h' }], to: [] });
    }),
  );
});
