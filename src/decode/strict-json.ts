/** Reads JSON from untrusted senders: RFC 8259 to the letter, bounded, and without the silent losses of `JSON.parse`. */
import { ExactNumber, type Json } from '../base/event.ts';
import { byteOffset, type Decoded, decoded, quoted, undecodable } from './decoded.ts';

export interface JsonLimits {
  /** The most UTF-16 units of text. */
  readonly maxLength: number;
  /** The most objects and arrays within each other; 1 allows an object of plain values. */
  readonly maxDepth: number;
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const escaped: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Fewer digits than this always make an integer that a double holds exactly. */
export const unsafeDigits = 16;

/** What was read; `exact` is there when it holds an `ExactNumber` somewhere. */
export type JsonRead = Decoded<Json> & { readonly exact?: true };

/**
 * Reads one JSON value in a single pass. What it does otherwise than `JSON.parse`:
 * - A name that occurs twice in an object is refused, because readers disagree about which one counts (RFC 8259 §4).
 * - A number that JavaScript would write otherwise than it stands here becomes an `ExactNumber`: `9007199254740993`, which
 *   a double would change (modseq has 63 bits, RFC 7162 §3.1), as well as `1.0`, `1e3` and `-0`.
 * - The name `__proto__` is refused, so that no copy of the object can change a prototype.
 * - Length and depth are bounded, and a problem names the byte and what was expected there.
 */
export function readStrictJson(text: string, limits: JsonLimits): JsonRead {
  if (text.length > limits.maxLength) {
    return undecodable('json', `${text.length} characters are too many; expected ${limits.maxLength} at most`, 0);
  }
  let at = 0;
  let exact = false;
  let problem: Decoded<never> | undefined;

  function fail(index: number, message: string): undefined {
    problem ??= undecodable('json', message, byteOffset(text, index));
    return undefined;
  }

  function unexpected(expected: string): undefined {
    const found = at < text.length ? quoted(String.fromCodePoint(text.codePointAt(at) ?? 0)) : 'the end';
    return fail(at, `found ${found}; expected ${expected}`);
  }

  /** Moves to the next character that is no white space and answers its code, NaN at the end. */
  function next(): number {
    let code = text.charCodeAt(at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
    return code;
  }

  function readValue(depth: number): Json | undefined {
    const code = next();
    if (code === quote) return readString();
    if (code === openBrace) return readObject(depth + 1);
    if (code === openBracket) return readArray(depth + 1);
    if (code === minus || (code >= zero && code <= nine)) return readNumber();
    if (text.startsWith('true', at)) return skip(4, true);
    if (text.startsWith('false', at)) return skip(5, false);
    if (text.startsWith('null', at)) return skip(4, null);
    return unexpected('a JSON value');
  }

  function skip<T>(length: number, value: T): T {
    at += length;
    return value;
  }

  function readObject(depth: number): Json | undefined {
    if (depth > limits.maxDepth) return tooDeep();
    at += 1;
    const object: Record<string, Json> = {};
    if (next() === closeBrace) return skip(1, object);
    for (;;) {
      if (next() !== quote) return unexpected('a name in quotes');
      const nameAt = at;
      const name = readString();
      if (name === undefined) return undefined;
      if (name === '__proto__') return fail(nameAt, 'the name "__proto__" is not allowed');
      if (Object.hasOwn(object, name)) {
        return fail(
          nameAt,
          `the name ${quoted(name)} occurs for the second time; expected each name once in an object`,
        );
      }
      if (next() !== colon) return unexpected('":" behind a name');
      at += 1;
      const value = readValue(depth);
      if (value === undefined) return undefined;
      object[name] = value;
      const code = next();
      if (code === closeBrace) return skip(1, object);
      if (code !== comma) return unexpected('"," or "}" behind a value');
      at += 1;
    }
  }

  function readArray(depth: number): Json | undefined {
    if (depth > limits.maxDepth) return tooDeep();
    at += 1;
    const array: Json[] = [];
    if (next() === closeBracket) return skip(1, array);
    for (;;) {
      const value = readValue(depth);
      if (value === undefined) return undefined;
      array.push(value);
      const code = next();
      if (code === closeBracket) return skip(1, array);
      if (code !== comma) return unexpected('"," or "]" behind a value');
      at += 1;
    }
  }

  function tooDeep(): undefined {
    return fail(
      at,
      `objects and arrays lie more than ${limits.maxDepth} deep; expected ${limits.maxDepth} levels at most`,
    );
  }

  function readString(): string | undefined {
    const begin = ++at;
    let code = text.charCodeAt(at);
    // NaN, at the end of the text, ends the loop as well.
    while (code >= 0x20 && code !== quote && code !== backslash) code = text.charCodeAt(++at);
    if (code === quote) return text.slice(begin, at++);
    return readEscapedString(begin);
  }

  /** The slower way, for strings with escapes; `begin` is where the string began, `at` where it is no longer plain. */
  function readEscapedString(begin: number): string | undefined {
    let result = '';
    let plainFrom = begin;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) {
        result += text.slice(plainFrom, at++);
        return result;
      }
      if (code === backslash) {
        result += text.slice(plainFrom, at);
        const character = readEscape();
        if (character === undefined) return undefined;
        result += character;
        plainFrom = at;
      } else if (code >= 0x20) {
        at += 1;
      } else if (at >= text.length) {
        return fail(
          at,
          `the string that begins at byte ${byteOffset(text, begin - 1)} is not closed; expected a quote`,
        );
      } else {
        return fail(at, 'a control character in a string; expected it as an escape such as \\n');
      }
    }
  }

  function readEscape(): string | undefined {
    const letter = text.charAt(at + 1);
    if (letter === 'u') {
      const digits = text.slice(at + 2, at + 6);
      if (/^[0-9A-Fa-f]{4}$/.test(digits)) return skip(6, String.fromCharCode(Number.parseInt(digits, 16)));
      return fail(at, 'expected four hexadecimal digits behind \\u');
    }
    const character = Object.hasOwn(escaped, letter) ? escaped[letter] : undefined;
    if (character !== undefined) return skip(2, character);
    return fail(at, 'expected one of " \\ / b f n r t u behind a backslash');
  }

  function readNumber(): Json | undefined {
    const begin = at;
    if (text.charCodeAt(at) === minus) at += 1;
    const integerAt = at;
    if (!skipDigits()) return unexpected('a digit');
    if (text.charCodeAt(integerAt) === zero && at > integerAt + 1) {
      return fail(integerAt, 'a number begins with a superfluous 0; expected no digit behind it');
    }
    if (text.charCodeAt(at) === point) {
      at += 1;
      if (!skipDigits()) return unexpected('a digit behind the decimal point');
    }
    const exponent = text.charAt(at);
    if (exponent === 'e' || exponent === 'E') {
      at += 1;
      const sign = text.charAt(at);
      if (sign === '+' || sign === '-') at += 1;
      if (!skipDigits()) return unexpected('a digit in the exponent');
    }
    const digits = text.slice(begin, at);
    const value = Number(digits);
    if (String(value) === digits) return value;
    exact = true;
    return new ExactNumber(digits);
  }

  function skipDigits(): boolean {
    const begin = at;
    let code = text.charCodeAt(at);
    while (code >= zero && code <= nine) code = text.charCodeAt(++at);
    return at > begin;
  }

  const value = readValue(0);
  if (value !== undefined) {
    next();
    if (at === text.length) return exact ? { ok: true, value, exact } : decoded(value);
    unexpected('nothing behind the JSON value');
  }
  return problem ?? undecodable('json', 'the text cannot be read; expected a JSON value');
}
