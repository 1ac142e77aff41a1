/** Reads what a script or driver of Dovecot's push notifications wrote, whichever names and shapes it has for things. */
import { ExactNumber, isJsonObject, type Json, type JsonObject } from '../../base/event.ts';

/** The fields of one notification: names as the sender has them, values of JSON or, from a form, texts. */
export type Fields = JsonObject;

/** The first of these names that has a value which says something. */
export function field(fields: Fields, ...names: readonly string[]): Json | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return undefined;
}

export function textField(fields: Fields, ...names: readonly string[]): string | undefined {
  const value = field(fields, ...names);
  return typeof value === 'string' ? value : undefined;
}

/**
 * A whole number from 0. Lua writes `1.0` where its numbers are floats, and a form has nothing but text; what is neither
 * is undefined.
 */
export function numberField(fields: Fields, ...names: readonly string[]): number | undefined {
  return wholeNumber(field(fields, ...names));
}

export function wholeNumber(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (value instanceof ExactNumber) return wholeNumber(value.text);
  if (typeof value !== 'string' || !/^[0-9]{1,15}(?:\.0{1,15})?$/.test(value)) return undefined;
  return Number(value);
}

/** The same for what is passed on and not reckoned with, of any size that a counter of 64 bits can have. */
export function countField(fields: Fields, ...names: readonly string[]): Json | undefined {
  const value = field(fields, ...names);
  const text = value instanceof ExactNumber ? value.text : typeof value === 'string' ? value : '';
  const [, digits] = /^([1-9][0-9]{15,19})(?:\.0{1,15})?$/.exec(text) ?? [];
  return digits === undefined ? wholeNumber(value) : new ExactNumber(digits);
}

/** A list of texts. lua-cjson cannot distinguish an empty list from an empty object, and writes `{}`. */
export function listField(fields: Fields, ...names: readonly string[]): readonly string[] {
  const value = field(fields, ...names);
  if (typeof value === 'string') return value.split(' ').filter((one) => one !== '');
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** The fields of an `application/x-www-form-urlencoded` text; of a name that occurs twice the last. */
export function formFields(text: string): Fields {
  const fields: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (name !== '__proto__') fields[name] = value;
  }
  return fields;
}

/** What a request says of all its events, or one of itself. Anything else in it is about the event. */
const contextNames = ['user', 'server', 'service', 'session', 'time', 'success'] as const;
const longestContext = 1024;

/** The part of a request that goes with each of its events. Values that are too long to be any of this are left out. */
export function contextOf(fields: Fields): Fields {
  const context: Record<string, Json> = {};
  for (const name of contextNames) {
    const value = field(fields, name);
    if (typeof value === 'string' ? value.length <= longestContext : isPlain(value)) context[name] = value as Json;
  }
  return context;
}

const isPlain = (value: Json | undefined): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || value instanceof ExactNumber;

/**
 * The fields of one notification out of what it may be wrapped in: `{user, events: [{hook, event: {name, …}}]}` and
 * `{user, event: {name, …}}` become one object with what the wrapping says of user, server and so on.
 */
export function unwrapped(value: JsonObject): Fields {
  const { events, event } = value;
  const inner = Array.isArray(events) && events.length === 1 ? events[0] : undefined;
  if (isJsonObject(inner)) return { ...contextOf(value), ...unwrapped(inner) };
  if (isJsonObject(event)) return { ...contextOf(value), ...event };
  return value;
}
