/** The file of mailto_map: what it may hold, and which line a mistake is on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUserMap } from '../../../src/notifier/mailto/user-map.ts';

function read(text: string) {
  const parsed = parseUserMap(text);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.value;
}

describe('a file of addresses', () => {
  it('is read as an aliases file is', () => {
    const map = read(
      [
        '\ufeff# users',
        '',
        'john: john@example.org',
        'Jane : jane@example.org , "jane doe"@example.org',
        'bob  bob@bücher.example',
        'team:',
        '  a@example.org,',
        '# in between',
        '\tb@example.org',
        'user@example.com: other@example.org\r',
        'jürgen: jürgen@example.org, jürgen@EXAMPLE.org',
      ].join('\n'),
    );
    expect(map('john')).toEqual(['john@example.org']);
    expect(map('JANE')).toEqual(['jane@example.org', '"jane doe"@example.org']);
    expect(map('bob')).toEqual(['bob@xn--bcher-kva.example']);
    expect(map('team')).toEqual(['a@example.org', 'b@example.org']);
    expect(map('User@Example.com')).toEqual(['other@example.org']);
    expect(map('ju\u0308rgen')).toEqual(['jürgen@example.org']);
    for (const absent of ['', 'users', '# users', 'constructor', '__proto__']) expect(map(absent)).toBeUndefined();
  });

  it('may be empty', () => {
    expect(read('\n# nothing\n')('john')).toBeUndefined();
  });

  it.each([
    ['first line', 1, ' john: john@example.org'],
    ['no address', 2, '# x\njohn:'],
    ['no address, alone', 1, 'john'],
    ['no user', 3, '\n\n: john@example.org'],
    ['a user', 2, 'a: a@example.org\njohn: root'],
    ['a program', 2, 'a: a@example.org\njohn: |/bin/sh'],
    ['a quoted program', 1, 'john: "|/bin/sh -c x"'],
    ['a file', 1, 'john: /var/mail/john'],
    ['an include', 1, 'john: :include:/etc/list'],
    ['the second address', 1, 'john: a@example.org, b'],
    ['a continuation', 2, '# x\njohn: a@example.org,\n\n  -oQ/tmp@example.org'],
    ['twice', 4, 'john: a@example.org\n\nx: x@example.org\nJOHN: b@example.org'],
    ['too many', 1, `john: ${Array.from({ length: 11 }, (_, i) => `a${i}@example.org`).join(',')}`],
    ['a long name', 1, `${'j'.repeat(257)}: a@example.org`],
    ['a header', 1, 'john: a@example.org\\nBcc: x@example.org'],
  ])('has a mistake on its line: %s', (_, line, text) => {
    expect(parseUserMap(text)).toEqual({ wrong: expect.stringMatching(new RegExp(`^line ${line}: `)) });
  });

  it('has its limits: 10 addresses, and a name of 256 characters', () => {
    const ten = Array.from({ length: 10 }, (_, i) => `a${i}@example.org`);
    expect(read(`john: ${ten.join(',')}`)('john')).toEqual(ten);
    expect(read(`${'j'.repeat(256)}: a@example.org`)('j'.repeat(256))).toEqual(['a@example.org']);
  });

  it('has at most 500,000 users', () => {
    const users = (count: number): string => Array.from({ length: count }, (_, i) => `u${i} a@b`).join('\n');
    expect(read(users(500_000))('u499999')).toEqual(['a@b']);
    expect(parseUserMap(users(500_001))).toEqual({ wrong: expect.stringContaining('line 500001: ') });
  });

  it('never answers what is no address, whatever it holds', () => {
    const piece = fc.oneof(
      fc.constantFrom('john', ':', ' ', '\n', '\t', ',', '#', '"', '\\', '|', '@', 'a@b', '\r\n', '\0', 'ü', '-'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const map = parseUserMap(pieces.join(''));
        if ('wrong' in map) {
          expect(map.wrong).toMatch(/^line \d+: /);
          return;
        }
        for (const user of ['john', 'a@b', 'ü', '"']) {
          for (const address of map.value(user) ?? []) expect(address).toMatch(/^[^-|\s<>][^\r\n\0<>]*@[!-~]+$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
