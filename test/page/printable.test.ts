/** What comes from outside is shown as it is, and never as something else. */
import { describe, expect, it } from 'vitest';
import { shown, shownLines, textOfBase64 } from '../../page/model/printable.ts';
import { requestLines } from '../../page/model/request.ts';

describe('a line', () => {
  it.each([
    ['Jürgen 北京 مرحبا 👩‍👧', 'Jürgen 北京 مرحبا 👩‍👧'],
    ['<b>&amp;</b>', '<b>&amp;</b>'],
    ['\u202egnp.exe', '⟨U+202E⟩gnp.exe'],
    ['a\u0000b\u001b[31m', 'a⟨U+0000⟩b⟨U+001B⟩[31m'],
    ['one\ntwo\tthree', 'one↵two three'],
    ['\u3164\ud800', '⟨U+3164⟩⟨U+D800⟩'],
  ])('shows %j', (text, expected) => expect(shown(text)).toBe(expected));

  it('is cut, and not in the middle of a character', () => {
    expect(shown('x'.repeat(10_000))).toHaveLength(301);
    expect(shown(`ab👍👍`, 3)).toBe('ab…');
  });
});

it('keeps lines and tabs where there are several', () => {
  expect(shownLines('one\r\ntwo\tthree\u0007\n')).toBe('one\ntwo\tthree⟨U+0007⟩\n');
});

it('reads the bytes of a request', () => {
  expect(textOfBase64(Buffer.from('{"user":"Jürgen"}').toString('base64'))).toBe('{"user":"Jürgen"}');
  expect(textOfBase64(Buffer.from([0x61, 0xff]).toString('base64'))).toBe('a\ufffd');
});

describe('a request', () => {
  it('has a line for each field, and JSON with an indentation', () => {
    expect(requestLines('\0EVENT\0\0john\0{"event":"Login","n":1}\0')).toBe(
      'EVENT\njohn\n{\n  "event": "Login",\n  "n": 1\n}',
    );
  });

  it.each(['{"modseq":9007199254740993}', '{"a":1,"a":2}', '{"cut":'])('stays as it came: %s', (text) => {
    expect(requestLines(text)).toBe(text);
  });
});
