/** Finds the values in an array or in lines of JSON without reading them, so that each can be kept as it was written. */
import { backslash, closeBrace, closeBracket, comma, openBrace, openBracket, quote } from './strict-json.ts';

/** A piece of a body. */
export interface Slice {
  /** Offset of the first byte, from 0. */
  readonly start: number;
  /** Behind the last one. */
  readonly end: number;
  /** Number of its line, from 1, where lines are what divides. */
  readonly line?: number;
}

const newline = 0x0a;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;
}

/** The first byte that is no white space, from `at` on; `end` when there is none before it. */
export function skipSpace(bytes: Uint8Array, at = 0, end = bytes.length): number {
  let next = at;
  while (next < end && isSpace(bytes[next])) next += 1;
  return next;
}

/** Whether the body, white space aside, begins like an array. */
export function beginsArray(bytes: Uint8Array): boolean {
  return bytes[skipSpace(bytes)] === openBracket;
}

/**
 * The elements of an array, found by its commas; what is between them may be anything and is for others to judge. Stops
 * after `limit` and one more. Or why it is no array, and at which byte.
 */
export function arraySlices(
  bytes: Uint8Array,
  limit: number,
): readonly Slice[] | { readonly byte: number; readonly wrong: string } {
  const slices: Slice[] = [];
  const begin = skipSpace(bytes) + 1;
  let depth = 1;
  let start = begin;
  for (let at = begin; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = closingQuote(bytes, at);
    } else if (byte === openBracket || byte === openBrace) {
      depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
    }
    if (depth === 0 || (depth === 1 && byte === comma)) {
      const isEmpty = depth === 0 && slices.length === 0 && skipSpace(bytes, start) === at;
      if (!isEmpty) slices.push({ start, end: at });
      start = at + 1;
      if (slices.length > limit) return slices;
    }
    if (depth === 0) {
      if (byte !== closeBracket) return { byte: at, wrong: 'a brace closes the array' };
      const rest = skipSpace(bytes, start);
      return rest === bytes.length ? slices : { byte: rest, wrong: 'text after the end of the array' };
    }
  }
  return { byte: bytes.length, wrong: 'the array is not closed' };
}

/** Of the string that opens at `open`; the end of the bytes when there is none. */
function closingQuote(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/** The lines that hold more than white space. Stops after `limit` and one more. */
export function lineSlices(bytes: Uint8Array, limit: number): readonly Slice[] {
  const slices: Slice[] = [];
  let line = 1;
  for (let start = 0; start < bytes.length && slices.length <= limit; line += 1) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    // Not beyond the line: what is white space only would be looked through again for each of its lines.
    if (skipSpace(bytes, start, end) < end) slices.push({ start, end, line });
    start = end + 1;
  }
  return slices;
}
