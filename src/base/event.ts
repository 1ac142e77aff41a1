/** The shapes of what travels inside belfry: JSON values and RFC 5423 events, and how they are written. */

export type Json = null | boolean | number | string | ExactNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** One RFC 5423 event: `event` is its type, every other key a parameter. Never changed in place. */
export interface MailEvent extends JsonObject {
  readonly event: string;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

/**
 * A JSON number that JavaScript would write otherwise than its sender did, because a double cannot hold it (modseq has 63
 * bits, RFC 7162 §3.1) or does not remember its form (`1.0`). Only `writeJson` can write it: `JSON.stringify` throws.
 */
export class ExactNumber {
  /** As it was sent: a number of JSON (RFC 8259 §6). */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): never {
    throw needsExactWriter;
  }
}

const needsExactWriter = new Error('JSON.stringify would change a number: use writeJson');

/** Writes JSON as `JSON.stringify` does, each number as it was read. */
export function writeJson(value: unknown): string {
  // Next to no value holds such a number, so that looking for one first would cost more than meeting it.
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    if (thrown !== needsExactWriter) throw thrown;
    return writeExactly(value);
  }
}

/** The same on many lines, two spaces deeper at each level, as `JSON.stringify` does it. */
export function writeIndentedJson(value: unknown): string {
  return writeExactly(value, '');
}

/** On one line where there is no indent. */
function writeExactly(value: unknown, indent?: string): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent === undefined ? undefined : `${indent}  `;
  const space = inner === undefined ? '' : ' ';
  const members = Array.isArray(value)
    ? value.map((one) => writeExactly(one, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${JSON.stringify(name)}:${space}${writeExactly(member, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (inner === undefined || members.length === 0) return open + members.join(',') + close;
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** A copy in which the names of each object are in the order of their UTF-16 units: equal values are written alike. */
export function withSortedNames(value: Json): Json {
  if (Array.isArray(value)) return value.map(withSortedNames);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, withSortedNames(value[name] ?? null)]));
}

/** A copy in which each number is the nearest double, for what counts and compares. */
export function withDoubles(value: Json): Json {
  if (value instanceof ExactNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(withDoubles);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withDoubles(member)]));
}
