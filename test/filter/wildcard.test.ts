import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWildcards, type Separator } from '../../src/filter/wildcard.ts';

/** What the wildcards mean, said once more in the plainest way: exponential, and right. */
function reference(pattern: string, text: string, separator: Separator): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === '';
  const behind = rest.join('');
  if (first === '*' || first === '%') {
    if (reference(behind, text, separator)) return true;
    const stops = separator ?? '/.';
    return (
      text !== '' && !(first === '%' && stops.includes(text.charAt(0))) && reference(pattern, text.slice(1), separator)
    );
  }
  return text.startsWith(first) && reference(behind, text.slice(1), separator);
}

const matches = (pattern: string, text: string, separator: Separator) =>
  compileWildcards(pattern, true)(text, separator, 0);

describe('wildcards', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['*', '', true],
    ['*', 'user/john/Sub', true],
    ['%', 'john', true],
    ['%', 'user/john', false],
    ['user/%', 'user/john', true],
    ['user/%', 'user/john/Sub', false],
    ['user/*', 'user/john/Sub', true],
    ['user/%/Junk', 'user/john/Junk', true],
    ['user/%/Junk', 'user/john/Lists/Junk', false],
    ['user/*/Junk', 'user/john/Lists/Junk', true],
    ['%/%', 'user/john', true],
    ['%%', 'user', true],
    ['*%', 'user/john', true],
    ['%*', 'user/john', true],
    ['*%b', 'a/ab', true],
    ['*a%b*', 'a/ab/b', true],
    ['user/*', 'user', false],
    ['User/*', 'user/john', false],
    ['a.c', 'abc', false],
    ['日本*', '日本語', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text, '/')).toBe(expected);
    expect(reference(pattern, text, '/')).toBe(expected);
  });

  it.each([
    ['/', 'user.john', true],
    ['/', 'user/john', false],
    ['.', 'user.john', false],
    ['.', 'user/john', true],
    [undefined, 'user.john', false],
    [undefined, 'user/john', false],
  ] as const)('% within a level that %s separates: %s matches %s', (separator, text, expected) => {
    expect(matches('%', text, separator)).toBe(expected);
  });

  it('has no % where it is not asked for', () => {
    const matcher = compileWildcards('john%host*', false);
    expect(matcher('john%host.example', undefined, 0)).toBe(true);
    expect(matcher('johnny.host', undefined, 0)).toBe(false);
  });

  it('takes the beginning without case as far as asked', () => {
    const matcher = compileWildcards('iNb%/Aa', true);
    expect(matcher('INBOX/Aa', '/', 5)).toBe(true);
    expect(matcher('INBOX/aa', '/', 5)).toBe(false);
    expect(matcher('INBOX/Aa', '/', 2)).toBe(false);
    expect(matcher('INBOX/Aa', '/', 0)).toBe(false);
    expect(compileWildcards('*box', true)('INBOX', '/', 5)).toBe(true);
  });

  it('does as the reference does', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '%'), maxLength: 10 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, fc.constantFrom('/', '.', undefined), (given, name, separator) => {
        expect(matches(given, name, separator)).toBe(reference(given, name, separator));
      }),
      { numRuns: 2000 },
    );
  });

  it('does so with long literals', () => {
    const literal = fc.string({ unit: fc.constantFrom('a', 'b', '/'), minLength: 20, maxLength: 40 });
    const wildcard = fc.constantFrom('*', '%');
    const filling = fc.constantFrom('', 'a', 'ab/', '/'.repeat(33));
    fc.assert(
      fc.property(literal, wildcard, literal, wildcard, filling, filling, (head, first, tail, last, one, two) => {
        const pattern = head + first + tail + last;
        const name = head + one + tail + two;
        const expected =
          (first === '*' || !one.includes('/')) && (last === '*' || !two.includes('/'))
            ? true
            : reference(pattern, name, '/');
        expect(matches(pattern, name, '/')).toBe(expected);
      }),
    );
  });

  /** How often a matcher looks at a character of the text. */
  function looksAt(pattern: string, text: string): number {
    let looks = 0;
    const watched = {
      length: text.length,
      charCodeAt(at: number): number {
        looks += 1;
        return text.charCodeAt(at);
      },
    };
    compileWildcards(pattern, true)(watched as unknown as string, '/', 0);
    return looks;
  }

  it('looks at each character of a hostile name no more often than the pattern has characters', () => {
    const piece = fc.constantFrom('*', '%', 'a', 'b', '/', '*a', '%a', '*a%', '%/%', 'a%a', '*a%b');
    const repeated = (most: number) =>
      fc
        .array(fc.tuple(piece, fc.integer({ min: 1, max: most })), { maxLength: 6 })
        .map((parts) => parts.map(([text, times]) => text.repeat(times)).join(''));
    fc.assert(
      fc.property(repeated(8), repeated(200), (pattern, name) => {
        const text = name.replaceAll('*', 'a').replaceAll('%', 'b');
        expect(looksAt(pattern, text)).toBeLessThanOrEqual((pattern.length + 2) * (text.length + 2));
      }),
      { numRuns: 1000 },
    );
    const name = 'a/'.repeat(32_000);
    for (const pattern of ['*a%a*a%a*a%a*b', '*a%b', '*a%/%b', '%a%a%a%b', '*/a/*/a/*%b']) {
      expect(looksAt(pattern, name)).toBeLessThanOrEqual((pattern.length + 2) * (name.length + 2));
    }
  });
});
