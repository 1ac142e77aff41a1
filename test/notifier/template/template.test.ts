/** Templates: what they stand for, that mistakes are told, and that what is filled in is not read again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../src/notifier/template/template.ts';

function render(written: string, values: Readonly<Record<string, string>> = {}): string {
  const template = parseTemplate(written);
  if ('wrong' in template) throw new Error(template.wrong);
  return template.value.render((name) => values[name] ?? '');
}

describe('a template', () => {
  it('has names filled in', () => {
    expect(render('{event} of {vnd.cmu.sessionId}, {absent}.', { event: 'Login', 'vnd.cmu.sessionId': 's-1' })).toBe(
      'Login of s-1, .',
    );
  });

  it('has ways to write braces, line breaks and backslashes', () => {
    expect(render('{{x}} \\n \\\\n {{{x}}}', { x: '1' })).toBe('{x} \n \\n {1}');
  });

  it('does not read again what was filled in', () => {
    expect(render('{a}{b}', { a: '{b}\\n{{', b: '$&' })).toBe('{b}\\n{{$&');
  });

  it.each(['{', '}', '{user', 'user}', '{}', '{user name}', 'a } b', '\\t', 'x\\'])('refuses %j', (written) => {
    expect(parseTemplate(written)).toEqual({ wrong: expect.stringContaining('write') });
  });

  it('tells its names', () => {
    expect(parseTemplate('{a} {{b}} {c}')).toMatchObject({ value: { names: ['a', 'c'] } });
  });

  it('gives back any text in which braces and backslashes are doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(render(text.replace(/[{}\\]/g, '$&$&'))).toBe(text);
      }),
      { numRuns: 100 },
    );
  });
});
