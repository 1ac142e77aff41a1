/** Text of a peer in one line: what is escaped, and where it is cut. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from '../../src/base/printable.ts';
import { anyText } from '../notifier/samples.ts';

it('leaves ordinary text as it is', () => {
  expect(printable('Prüfung "äöü" \\ 日本 😀', 100)).toBe('Prüfung "äöü" \\ 日本 😀');
});

it('makes control characters, overrides and broken pairs visible', () => {
  expect(printable('a\nb\r\tc\u001b[2J\u007f\u0085\u202e\u2028\ud83d!', 100)).toBe(
    'a\\nb\\r\\tc\\u{1b}[2J\\u{7f}\\u{85}\\u{202e}\\u{2028}\\u{d83d}!',
  );
});

it('shows that it was cut', () => {
  expect(printable('abcdef', 6)).toBe('abcdef');
  expect(printable('abcdefg', 6)).toBe('abcde…');
  expect(printable('\n\n\n\n', 6)).toBe('\\n\\n\\…');
});

it('is one bounded line of any text', () => {
  fc.assert(
    fc.property(anyText(100), fc.nat(50), (text, limit) => {
      const shown = printable(text, limit);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(shown.length).toBeLessThanOrEqual(Math.max(1, limit));
    }),
  );
});
