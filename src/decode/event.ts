/** Reads the JSON of one RFC 5423 event, so that whatever passes here is safe to walk, to copy and to log. */
import { ExactNumber, isJsonObject, type Json, type JsonObject, type MailEvent } from '../base/event.ts';
import { type Decoded, decoded, quoted, undecodable } from './decoded.ts';
import { readJson } from './json.ts';
import type { JsonLimits } from './strict-json.ts';

/** Objects and arrays within each other. Cyrus sends two levels. */
export const maxEventDepth = 32;

/** What the longest event may measure: far more than a datagram holds, because a stream has no limit of its own. */
export const eventLimits: JsonLimits = { maxLength: 64 * 1024 * 1024, maxDepth: maxEventDepth };

/** The longest type in use has 23 characters. */
const maxTypeLength = 128;

type DecodedEvent = Decoded<MailEvent> & Pick<ReturnType<typeof readJson>, 'exact' | 'compact'>;

/**
 * Reads one event: a JSON object whose `event` names its type in printable ASCII without spaces. The parameters are not
 * looked at; that is the schema's business. JSON is read as `readStrictJson` says: no name twice, no `__proto__`, and
 * numbers keep the form in which they were sent. Problems of JSON itself have stage `json`, the others `event`.
 */
export function decodeEvent(text: string, limits: Partial<JsonLimits> = {}): DecodedEvent {
  const json = readJson(text, { ...eventLimits, ...limits });
  if (!json.ok) return json;
  const value = json.value;
  if (!isJsonObject(value)) {
    return undecodable('event', `found ${kindOf(value)}; expected a JSON object with the parameters of one event`, 0);
  }
  if (!isMailEvent(value)) return undecodable('event', wrongType(value['event']));
  if (json.exact) return { ok: true, value, exact: true };
  return json.compact ? { ok: true, value, compact: true } : decoded(value);
}

const typePattern = new RegExp(`^[\\x21-\\x7e]{1,${maxTypeLength}}$`);

function isMailEvent(object: JsonObject): object is MailEvent {
  const type = object['event'];
  return typeof type === 'string' && typePattern.test(type);
}

function wrongType(type: Json | undefined): string {
  if (type === undefined) return 'the parameter event is missing; expected the type of the event';
  if (typeof type !== 'string')
    return `the parameter event is ${kindOf(type)}; expected the type of the event as a string`;
  const found = type === '' ? 'is empty' : `is ${quoted(type)}`;
  return `the parameter event ${found}; expected 1 to ${maxTypeLength} printable ASCII characters without spaces`;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof ExactNumber) return 'a number';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
