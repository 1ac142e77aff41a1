import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromModifiedUtf7 } from '../../src/decode/modified-utf7.ts';
import { measuredMs } from '../support/processor-ms.ts';

/** The way in which a server writes a name (RFC 3501 §5.1.3). */
function toModifiedUtf7(name: string): string {
  return name.replace(/&|[^ -~]+/g, (part) =>
    part === '&'
      ? '&-'
      : `&${Buffer.from(part, 'utf16le').swap16().toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`,
  );
}

describe('modified UTF-7', () => {
  it.each([
    ['Entw&APw-rfe', 'Entwürfe'],
    ['INBOX/Entw&APw-rfe', 'INBOX/Entwürfe'],
    ['~peter/mail/&U,BTFw-/&ZeVnLIqe-', '~peter/mail/台北/日本語'],
    ['R&-D', 'R&D'],
    ['&2D3eAA-', '😀'],
    ['user/*/&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-', 'user/*/Отправленные'],
  ])('%s is %s', (written, name) => {
    expect(fromModifiedUtf7(written)).toBe(name);
    expect(toModifiedUtf7(name)).toBe(written);
  });

  it.each([
    ...['', 'INBOX', 'R&D', 'R&D-stuff', 'a&', '&', '&a-', '&AP-', '&APx-', '&APw', 'Entw&APw-rfe & more', 'ü&APw-'],
    // Half a pair, what may stand for itself, control characters, padding.
    ...['&2D0-', '&AGE-', '&AAA-', '&AAo-', '&APw=-', '&AP w-', '&APw/-'],
  ])('%j stands for itself', (name) => {
    expect(fromModifiedUtf7(name)).toBeUndefined();
  });

  it('is the inverse of what a server writes', () => {
    const names = fc.string({ unit: 'grapheme' }).filter((name) => !/\p{Cc}|\p{Surrogate}/u.test(name));
    fc.assert(
      fc.property(names, (name) => {
        const written = toModifiedUtf7(name);
        expect(fromModifiedUtf7(written) ?? written).toBe(name);
      }),
    );
  });

  it('reads any text, and in one go', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void fromModifiedUtf7(text)));
    for (const long of [
      '&'.repeat(1_000_000),
      '&A'.repeat(500_000),
      `&${'A'.repeat(1_000_000)}`,
      '&-'.repeat(500_000),
    ]) {
      expect(measuredMs(() => fromModifiedUtf7(long)).processorMs).toBeLessThan(5000);
    }
  });
});
