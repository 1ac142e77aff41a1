/** Reads JSON as strictly as `strict-json.ts`, but lets the engine's own parser do the work when nothing speaks against it. */
import { ifPossible } from '../base/error.ts';
import { isJsonObject, type Json } from '../base/event.ts';
import { decoded } from './decoded.ts';
import { type JsonLimits, type JsonRead, readStrictJson, unsafeDigits } from './strict-json.ts';

/**
 * Reads one JSON value; the answer is always that of `readStrictJson`, five times as fast for what real senders send. `compact`
 * is there when the text is known to have no blanks between its tokens: it is one line, and is that of no other value.
 *
 * `JSON.parse` does not report names that occur twice, forgets how numbers were written and has no bounds. One look at the text
 * finds its names and its depth without understanding it. When the result has as many names as the text, none occurred
 * twice. Whatever is unusual (a number that is long or no plain integer, great depth) or wrong is left to the strict reader.
 */
export function readJson(text: string, limits: JsonLimits): JsonRead & { readonly compact?: true } {
  if (text.length <= limits.maxLength) {
    const plain = lookOver(text, limits.maxDepth);
    if (plain !== undefined) {
      const value = ifPossible((): Json => JSON.parse(text));
      if (value !== undefined && countNames(value) === plain.names) {
        return plain.blanks === 0 ? { ok: true, value, compact: true } : decoded(value);
      }
    }
  }
  return readStrictJson(text, limits);
}

const blank = 0x20;
const quote = 0x22;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const upperE = 0x45;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const lowerE = 0x65;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Counts the names of a text, provided that it is JSON: the colons outside of strings; and the blanks there. Undefined when a string is not
 * closed, it is no object and no array or does not end where it does, a number is long, has a point or an exponent or is `-0`, or the depth is exceeded.
 */
function lookOver(text: string, maxDepth: number): { readonly names: number; readonly blanks: number } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let names = 0;
  let blanks = 0;
  let depth = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = closingQuote(text, at);
      if (at < 0) return undefined;
    } else if (code >= zero && code <= nine) {
      digits += 1;
      if (digits >= unsafeDigits) return undefined;
      continue;
    } else if (code === colon) {
      names += 1;
    } else if (code === openBrace || code === openBracket) {
      depth += 1;
      if (depth > maxDepth) return undefined;
    } else if (code === closeBrace || code === closeBracket) {
      depth -= 1;
    } else if (code === point || (digits > 0 && (code === lowerE || code === upperE))) {
      return undefined;
    } else if (code === minus && text.charCodeAt(at + 1) === zero) {
      return undefined;
    } else if (code <= blank) {
      blanks += 1;
    }
    digits = 0;
  }
  // What is cut off or none at all: for the parser to throw would cost more than all else that junk costs.
  return depth === 0 ? { names, blanks } : undefined;
}

/** The index of the quote that closes the string which opens at `open`; -1 when there is none. */
function closingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close >= 0 && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === backslash) before -= 1;
  return (at - before) % 2 === 0;
}

/** The names in all objects of a value; minus infinity when there is one that the strict reader refuses. */
function countNames(value: Json): number {
  let names = 0;
  if (isJsonObject(value)) {
    for (const name in value) {
      if (name === '__proto__') return Number.NEGATIVE_INFINITY;
      const member = value[name];
      names += 1;
      if (typeof member === 'object' && member !== null) names += countNames(member);
    }
  } else if (Array.isArray(value)) {
    for (const element of value) names += countNames(element);
  }
  return names;
}
