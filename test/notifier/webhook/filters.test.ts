import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseFilter } from '../../../src/notifier/webhook/template/filters.ts';

function filter(written: string): (text: string) => string {
  const parsed = parseFilter(written);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.value;
}

it('escapes the three characters of Slack, and nothing else', () => {
  expect(filter('slack')('<!channel> & <@U1>')).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
});

it('escapes Markdown so that it reads as it was written', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = filter('markdown')(text);
      expect(escaped.replace(/\\([^a-zA-Z0-9\s])/g, '$1')).toBe(text);
      expect(escaped.replace(/\\[^a-zA-Z0-9\s]/g, '')).not.toMatch(/[*_~`|>#@<[\]:]/);
    }),
  );
});

it('cuts at the length, never within a pair or an escape', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
      const cut = filter(`max:${max}`)(text);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut.isWellFormed()).toBe(true);
      if (text.length <= max) expect(cut).toBe(text);
      else expect(cut.endsWith('…')).toBe(true);
    }),
  );
  expect(filter('max:4')('ab&lt;')).toBe('ab…');
  expect(filter('max:4')('ab\\*')).toBe('ab\\*');
  expect(filter('max:4')('ab\\*x')).toBe('ab…');
});

it.each(['max', 'max:', 'max:0', 'max:9999999', 'html', ''])('does not know "%s"', (written) => {
  expect(parseFilter(written)).toEqual({ wrong: expect.any(String) });
});
