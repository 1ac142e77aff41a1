/** Reads JSON from untrusted senders: RFC 8259 to the letter, bounded, and without the silent losses of `JSON.parse`. */
import { ExactNumber, type Json } from '../base/event.ts';
import { byteOffset, type Decoded, decoded, quoted, undecodable } from './decoded.ts';

export interface JsonLimits {
  /** The most UTF-16 units of text. */
  readonly maxLength: number;
  /** The most objects and arrays within each other; 1 allows an object of plain values. */
  readonly maxDepth: number;
}

export const quote = 0x22;
export const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
export const openBracket = 0x5b;
export const backslash = 0x5c;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;

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
  return new StrictReader(text, limits).read();
}

/** One reading. A class and not closures: these would be made anew for every text, which costs more than a short one. */
class StrictReader {
  readonly #text: string;
  readonly #limits: JsonLimits;
  #at = 0;
  #exact = false;
  #problem: Decoded<never> | undefined;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#limits = limits;
  }

  read(): JsonRead {
    const value = this.#readValue(0);
    if (value !== undefined) {
      this.#next();
      if (this.#at === this.#text.length) return this.#exact ? { ok: true, value, exact: true } : decoded(value);
      this.#unexpected('nothing after the JSON value');
    }
    return this.#problem ?? undecodable('json', 'the text cannot be read; expected a JSON value');
  }

  #fail(index: number, message: string): undefined {
    this.#problem ??= undecodable('json', message, byteOffset(this.#text, index));
    return undefined;
  }

  #unexpected(expected: string): undefined {
    const found =
      this.#at < this.#text.length ? quoted(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)) : 'the end';
    return this.#fail(this.#at, `found ${found}; expected ${expected}`);
  }

  /** Moves to the next character that is no white space and answers its code, NaN at the end. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.#text.charCodeAt(++this.#at);
    return code;
  }

  #readValue(depth: number): Json | undefined {
    const code = this.#next();
    if (code === quote) return this.#readString();
    if (code === openBrace) return this.#readObject(depth + 1);
    if (code === openBracket) return this.#readArray(depth + 1);
    if (code === minus || (code >= zero && code <= nine)) return this.#readNumber();
    if (this.#text.startsWith('true', this.#at)) return this.#skip(4, true);
    if (this.#text.startsWith('false', this.#at)) return this.#skip(5, false);
    if (this.#text.startsWith('null', this.#at)) return this.#skip(4, null);
    return this.#unexpected('a JSON value');
  }

  #skip<T>(length: number, value: T): T {
    this.#at += length;
    return value;
  }

  #readObject(depth: number): Json | undefined {
    if (depth > this.#limits.maxDepth) return this.#tooDeep();
    this.#at += 1;
    const object: Record<string, Json> = {};
    if (this.#next() === closeBrace) return this.#skip(1, object);
    for (;;) {
      if (this.#next() !== quote) return this.#unexpected('a name in quotes');
      const nameAt = this.#at;
      const name = this.#readString();
      if (name === undefined) return undefined;
      if (name === '__proto__') return this.#fail(nameAt, 'the name "__proto__" is not allowed');
      if (Object.hasOwn(object, name)) {
        return this.#fail(
          nameAt,
          `the name ${quoted(name)} occurs for the second time; expected each name once in an object`,
        );
      }
      if (this.#next() !== colon) return this.#unexpected('":" after a name');
      this.#at += 1;
      const value = this.#readValue(depth);
      if (value === undefined) return undefined;
      object[name] = value;
      const code = this.#next();
      if (code === closeBrace) return this.#skip(1, object);
      if (code !== comma) return this.#unexpected('"," or "}" after a value');
      this.#at += 1;
    }
  }

  #readArray(depth: number): Json | undefined {
    if (depth > this.#limits.maxDepth) return this.#tooDeep();
    this.#at += 1;
    const array: Json[] = [];
    if (this.#next() === closeBracket) return this.#skip(1, array);
    for (;;) {
      const value = this.#readValue(depth);
      if (value === undefined) return undefined;
      array.push(value);
      const code = this.#next();
      if (code === closeBracket) return this.#skip(1, array);
      if (code !== comma) return this.#unexpected('"," or "]" after a value');
      this.#at += 1;
    }
  }

  #tooDeep(): undefined {
    return this.#fail(
      this.#at,
      `objects and arrays are nested more than ${this.#limits.maxDepth} deep; expected ${this.#limits.maxDepth} levels at most`,
    );
  }

  #readString(): string | undefined {
    const begin = ++this.#at;
    let code = this.#text.charCodeAt(this.#at);
    // NaN, at the end of the this.#text, ends the loop as well.
    while (code >= 0x20 && code !== quote && code !== backslash) code = this.#text.charCodeAt(++this.#at);
    if (code === quote) return this.#text.slice(begin, this.#at++);
    return this.#readEscapedString(begin);
  }

  /** The slower way, for strings with escapes; `begin` is where the string began, `at` where it is no longer plain. */
  #readEscapedString(begin: number): string | undefined {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === quote) return String(JSON.parse(this.#text.slice(begin - 1, ++this.#at)));
      if (code === backslash) {
        const letter = this.#text.charAt(this.#at + 1);
        const isUnicode = letter === 'u' && /^[0-9A-Fa-f]{4}$/.test(this.#text.slice(this.#at + 2, this.#at + 6));
        if (!isUnicode && !isEscaped(letter)) return this.#wrongEscape(letter);
        this.#at += isUnicode ? 6 : 2;
      } else if (code >= 0x20) {
        this.#at += 1;
      } else if (this.#at >= this.#text.length) {
        return this.#fail(
          this.#at,
          `the string that begins at byte ${byteOffset(this.#text, begin - 1)} is not closed; expected a quote`,
        );
      } else {
        return this.#fail(this.#at, 'a control character in a string; expected it as an escape such as \\n');
      }
    }
  }

  #wrongEscape(letter: string): undefined {
    const expected =
      letter === 'u' ? 'four hexadecimal digits after \\u' : 'one of " \\ / b f n r t u after a backslash';
    return this.#fail(this.#at, `expected ${expected}`);
  }

  #readNumber(): Json | undefined {
    const begin = this.#at;
    if (this.#text.charCodeAt(this.#at) === minus) this.#at += 1;
    const integerAt = this.#at;
    if (!this.#skipDigits()) return this.#unexpected('a digit');
    if (this.#text.charCodeAt(integerAt) === zero && this.#at > integerAt + 1) {
      return this.#fail(integerAt, 'a number begins with a superfluous 0; expected no digit after it');
    }
    if (this.#text.charCodeAt(this.#at) === point) {
      this.#at += 1;
      if (!this.#skipDigits()) return this.#unexpected('a digit after the decimal point');
    }
    const exponent = this.#text.charAt(this.#at);
    if (exponent === 'e' || exponent === 'E') {
      this.#at += 1;
      const sign = this.#text.charAt(this.#at);
      if (sign === '+' || sign === '-') this.#at += 1;
      if (!this.#skipDigits()) return this.#unexpected('a digit in the exponent');
    }
    const digits = this.#text.slice(begin, this.#at);
    const value = Number(digits);
    if (String(value) === digits) return value;
    this.#exact = true;
    return new ExactNumber(digits);
  }

  #skipDigits(): boolean {
    const begin = this.#at;
    let code = this.#text.charCodeAt(this.#at);
    while (code >= zero && code <= nine) code = this.#text.charCodeAt(++this.#at);
    return this.#at > begin;
  }
}

/** Whether a backslash may stand before this letter, other than u (RFC 8259 §7). */
function isEscaped(letter: string): boolean {
  return letter !== '' && '"\\/bfnrt'.includes(letter);
}
