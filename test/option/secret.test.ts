/** The one way in which secrets are written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { docsOf, readValue } from '../../src/option/option.ts';
import { referenceIn, secretOptions } from '../../src/option/secret.ts';

const { word, word_file: file } = secretOptions('word', { description: 'A secret.', absent: 'none' });

describe('a secret', () => {
  it.each([
    ['hunter2', { text: 'hunter2' }],
    ['Bearer abc', { text: 'Bearer abc' }],
    ['credential:hook.key-1', { credential: 'hook.key-1' }],
    ['env:HOOK_KEY', { variable: 'HOOK_KEY' }],
  ])('%s', (written, value) => {
    expect(readValue(word, written)).toEqual({ value });
  });

  it.each(['credential:', 'credential:../passwd', 'credential:..', 'credential:a b', 'env:', 'env:1A', 'env:A=B'])(
    'that refers to nothing is refused: %s',
    (written) => {
      expect(readValue(word, written)).toEqual({ wrong: expect.any(String) });
    },
  );

  it('is never repeated in what is wrong with it, and a name of a credential is no path', () => {
    const written = fc.tuple(fc.constantFrom('credential:', 'env:'), fc.string({ unit: 'binary', maxLength: 300 }));
    fc.assert(
      fc.property(written, ([kind, name]) => {
        const read = readValue(word, `${kind}${name}`);
        if ('wrong' in read) expect(name.length > 20 && read.wrong.includes(name)).toBe(false);
        else if (read.value !== undefined && 'credential' in read.value)
          expect(read.value.credential).not.toMatch(/^\.{0,2}$|[/\0]/);
      }),
    );
  });

  it('can stand in a file, whose option says of which secret it is', () => {
    expect(docsOf(word)).toMatchObject({ secret: true, kind: 'secret' });
    expect(docsOf(file)).toMatchObject({ kind: 'path', fileOf: 'word' });
    expect([referenceIn('env:A'), referenceIn('credential:a'), referenceIn('a')]).toEqual([
      'env',
      'credential',
      undefined,
    ]);
  });
});
