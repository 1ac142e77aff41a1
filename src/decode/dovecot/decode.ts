/** Reads one push notification of Dovecot, as the spool keeps it. */
import { isJsonObject, type Json, writeJson } from '../../base/event.ts';
import { eventRequest, type Request } from '../../base/request.ts';
import { type Decoded, decoded, undecodable } from '../decoded.ts';
import { eventLimits } from '../event.ts';
import { readJson } from '../json.ts';
import { announcementOf } from './announcement.ts';
import { type Fields, formFields, unwrapped } from './fields.ts';
import { normalise } from './normalise.ts';

const openings = /^[ \t\r\n]*[{[]/;

/** The JSON or the form in the body of a request; nothing else has Dovecot been seen to send. */
export function readBody(bytes: Uint8Array): Decoded<{ readonly json: Json } | { readonly form: Fields }> {
  // What a header holds that is no UTF-8 becomes U+FFFD: the name of the mailbox beside it stays as it is.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (!openings.test(text)) return decoded({ form: formFields(text.trim()) });
  const json = readJson(text, eventLimits);
  return json.ok ? decoded({ json: json.value }) : json;
}

/**
 * Reads the request of one notification: a JSON object with one event, in any of the dialects, or a form. The request is
 * of class EVENT, and its message the event in JSON as RFC 5423 has it.
 */
export function decodeDovecot(bytes: Uint8Array): Decoded<Request> {
  const body = readBody(bytes);
  if (!body.ok) return body;
  if ('form' in body.value) return decodeFields(body.value.form);
  const { json } = body.value;
  return isJsonObject(json)
    ? decodeFields(unwrapped(json))
    : undecodable('event', 'expected a JSON object with one event');
}

function decodeFields(fields: Fields): Decoded<Request> {
  const result = normalise(fields);
  if ('wrong' in result) return undecodable('event', result.wrong);
  const { event, subject, changes, dropped } = result;
  const announcement = dropped === undefined ? announcementOf(subject) : undefined;
  return decoded({
    naming: 'user',
    ...eventRequest(writeJson(event), subject.user),
    ...(changes.length === 0 ? {} : { changes }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(announcement === undefined ? {} : { announcement }),
  });
}
