/** Reads a CloudEvent (version 1.0, in its JSON form) as the RFC 5423 event that it carries, or that its attributes describe. */
import { isUtf8 } from 'node:buffer';
import { isJsonObject, type Json, type JsonObject, writeJson } from '../base/event.ts';
import { eventRequest, type Request } from '../base/request.ts';
import { readTrace, traceNames, writtenTrace } from '../base/trace-context.ts';
import { type Decoded, decoded, quoted, undecodable } from './decoded.ts';
import { eventLimits, maxEventDepth } from './event.ts';
import { readJson } from './json.ts';

const limits = { ...eventLimits, maxDepth: maxEventDepth + 1 };

/** Attributes that every CloudEvent has (CloudEvents 1.0 §3.1). */
const required = ['id', 'source', 'type'] as const;

/**
 * Reads one CloudEvent. Its data, JSON or JSON in `data_base64`, is the RFC 5423 event; what the data lacks comes out of
 * the attributes, so that a sender may put everything into either:
 * - `event`: the last part of `type`, and with `vnd.` all from there on, since vendors name their events so.
 *   `org.example.mail.MessageNew` is MessageNew, `org.example.vnd.cmu.MessageCopy` is vnd.cmu.MessageCopy.
 * - `timestamp`: `time`.
 * - `uri`: `subject`, when it is an IMAP URL.
 * - `traceparent` and `tracestate`: the extensions of these names, where they are valid.
 *
 * The other attributes, also extensions, are not passed on. A problem has stage `json` where it is not JSON, and `event`
 * where it is no CloudEvent, or one without an event; whether its type and its parameters are right is seen later, as
 * with any other event.
 */
export function decodeCloudEvent(bytes: Uint8Array): Decoded<Request> {
  const json = readCloudEventJson(bytes);
  if (!json.ok) return json;
  const cloudEvent = json.value;
  if (!isJsonObject(cloudEvent)) return undecodable('event', 'this is not a JSON object; expected a CloudEvent', 0);
  const wrong = wrongAttribute(cloudEvent);
  if (wrong !== undefined) return undecodable('event', wrong);
  const data = dataOf(cloudEvent);
  if (!data.ok) return data;
  const event = writeJson({ ...fromAttributes(cloudEvent), ...data.value });
  return decoded(eventRequest(event));
}

/** The JSON of a CloudEvent or of its data. */
export function readCloudEventJson(bytes: Uint8Array): Decoded<Json> {
  if (!isUtf8(bytes)) return undecodable('json', 'found bytes that are not UTF-8; expected JSON in UTF-8', 0);
  return readJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), limits);
}

function wrongAttribute(cloudEvent: JsonObject): string | undefined {
  const version = cloudEvent['specversion'];
  if (version !== '1.0') {
    const found = typeof version === 'string' ? `is ${quoted(version)}` : 'is missing';
    return `the attribute specversion ${found}; expected a CloudEvent of version "1.0"`;
  }
  for (const name of required) {
    const value = cloudEvent[name];
    if (typeof value !== 'string' || value === '') {
      return `the attribute ${name} is ${value === undefined ? 'missing' : 'not usable'}; expected a string that is not empty`;
    }
  }
  return undefined;
}

/** The data as an object, without any when there is none. */
function dataOf({ data = null, data_base64: encoded, datacontenttype: type }: JsonObject): Decoded<JsonObject> {
  if (encoded === undefined) return objectOf(data);
  if (data !== null) return undecodable('event', 'it has both data and data_base64; expected one of them');
  if (typeof encoded !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    return undecodable('event', 'data_base64 is not written in base64');
  }
  if (typeof type === 'string' && !isJsonType(type)) {
    return undecodable('event', `datacontenttype is ${quoted(type)}; expected JSON`);
  }
  const json = readCloudEventJson(Buffer.from(encoded, 'base64'));
  // Where in the encoded data it is wrong helps nobody.
  return json.ok ? objectOf(json.value) : undecodable('json', `in data_base64: ${json.problem.message}`);
}

function objectOf(data: Json): Decoded<JsonObject> {
  if (data === null) return decoded({});
  return isJsonObject(data)
    ? decoded(data)
    : undecodable('event', 'the data is not a JSON object; expected the parameters of one event');
}

/** Whether data of this media type is JSON (CloudEvents JSON format 1.0 §3.1). */
export function isJsonType(mediaType: string): boolean {
  const [type = ''] = mediaType.split(';');
  return /^[^/\s]+\/(?:[^/\s]+\+)?json$/i.test(type.trim());
}

function fromAttributes({ type, time, subject, ...others }: JsonObject): JsonObject {
  const trace = readTrace(others[traceNames.parent], others[traceNames.state]);
  return {
    event: typeof type === 'string' ? nameIn(type) : '',
    ...(typeof time === 'string' ? { timestamp: time } : {}),
    ...(typeof subject === 'string' && /^imaps?:\/\//i.test(subject) ? { uri: subject } : {}),
    ...(trace === undefined ? {} : writtenTrace(trace)),
  };
}

const separators = ['.', '/', ':', '#'];

/** Types are names in the reversed form of DNS, or URIs (CloudEvents 1.0 §3.1.1). They may be as long as the body. */
function nameIn(type: string): string {
  const [, vendors] = /(?:^|[./:#])(vnd\..+)/s.exec(type) ?? [];
  return vendors ?? type.slice(Math.max(...separators.map((one) => type.lastIndexOf(one))) + 1);
}
