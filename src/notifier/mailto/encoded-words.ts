/** Decodes the encoded words of RFC 2047, which Sieve scripts and mail servers copy out of headers as they stand there. */
import { ifPossible } from '../../base/error.ts';

/** An encoded word: charset (with its language, RFC 2231 §5), encoding, text. */
const encodedWord = /=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=/g;

interface Word {
  readonly start: number;
  readonly end: number;
  readonly charset: string;
  readonly bytes: Buffer;
}

/**
 * The text with each encoded word replaced by what it says, and without the white space between two of them (RFC 2047
 * §6.2). Characters that were split over neighbouring words are put together again. A word of a charset that is not known
 * stays as it is. Control characters that were encoded become spaces: what stood in one line stays there.
 */
export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  const parts: string[] = [];
  let done = 0;
  let run: Word[] = [];
  const finishRun = (): void => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return;
    parts.push(text.slice(done, first.start), decodeRun(run));
    done = last.end;
    run = [];
  };
  for (const match of text.matchAll(encodedWord)) {
    const word = wordOf(match);
    if (word === undefined) continue;
    const last = run.at(-1);
    if (last !== undefined && !/^[ \t\r\n]*$/.test(text.slice(last.end, word.start))) finishRun();
    run.push(word);
  }
  finishRun();
  parts.push(text.slice(done));
  return parts.join('');
}

function wordOf({
  0: whole,
  1: written = '',
  2: encoding = '',
  3: encoded = '',
  index,
}: RegExpExecArray): Word | undefined {
  const charset = (written.split('*', 1)[0] ?? '').toLowerCase();
  if (decoderOf(charset) === undefined) return undefined;
  const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(encoded, 'base64') : fromQ(encoded);
  return { start: index, end: index + whole.length, charset, bytes };
}

/** The encoding Q (RFC 2047 §4.2). */
function fromQ(encoded: string): Buffer {
  const plain = encoded.replaceAll('_', ' ');
  return Buffer.from(
    plain.replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  );
}

/** Of words with nothing but white space between them. Those of one charset are decoded as one. */
function decodeRun(words: readonly Word[]): string {
  const parts: string[] = [];
  let bytes: Buffer[] = [];
  for (const [index, word] of words.entries()) {
    bytes.push(word.bytes);
    if (words[index + 1]?.charset === word.charset) continue;
    parts.push(decoderOf(word.charset)?.(Buffer.concat(bytes)) ?? '');
    bytes = [];
  }
  return parts.join('').replace(/\p{Cc}/gu, ' ');
}

/** Undefined for a charset that is not known. */
function decoderOf(charset: string): ((bytes: Uint8Array) => string) | undefined {
  const decoder = ifPossible(() => new TextDecoder(charset));
  return decoder?.encoding === 'windows-1252' ? fromWindows1252 : decoder && ((bytes) => decoder.decode(bytes));
}

/** What windows-1252 has where ISO 8859-1, for which it stands as well, has control characters. */
const beyondLatin1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** By hand, because the decoder of Node 20 reads it as ISO 8859-1. */
function fromWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, (character) => beyondLatin1.charAt(character.charCodeAt(0) - 0x80));
}
