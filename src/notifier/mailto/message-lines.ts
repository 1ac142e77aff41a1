/** Who has written the message that an event is about, and what its subject is: the lines of a mail, as far as they are known. */
import type { JsonObject } from '../../base/event.ts';
import { decodeWords } from './encoded-words.ts';

/** In characters: no more of a subject or a name is shown. */
const longest = 200;

export function messageLines(payload: JsonObject): readonly string[] {
  const { from, subject } = summaryOf(payload);
  return [...(from === '' ? [] : [`From: ${shown(from)}`]), ...(subject === '' ? [] : [`Subject: ${shown(subject)}`])];
}

function shown(text: string): string {
  return decodeWords(text).replace(/\s+/g, ' ').trim().slice(0, longest);
}

function summaryOf(payload: JsonObject): { readonly from: string; readonly subject: string } {
  const { 'vnd.cmu.envelope': envelope, 'vnd.dovecot.from': from, 'vnd.dovecot.subject': subject } = payload;
  if (typeof envelope === 'string') return inEnvelope(envelope);
  return { from: typeof from === 'string' ? from : '', subject: typeof subject === 'string' ? subject : '' };
}

/** Date, subject, and the first address of From: name, route, local part, domain (RFC 9051 §7.5.2). */
const envelopeStart =
  /^\((?:NIL|"(?:[^"\\]|\\.)*") (NIL|"(?:[^"\\]|\\.)*") (?:NIL|\(\((NIL|"(?:[^"\\]|\\.)*") (?:NIL|"(?:[^"\\]|\\.)*") (NIL|"(?:[^"\\]|\\.)*") (NIL|"(?:[^"\\]|\\.)*")\))/;

function inEnvelope(envelope: string): { readonly from: string; readonly subject: string } {
  const [, subject, name, local, domain] = envelopeStart.exec(envelope.slice(0, 4096)) ?? [];
  const address = text(local) === '' ? '' : `${text(local)}@${text(domain)}`;
  const from = text(name) === '' ? address : `${text(name)} <${address}>`;
  return { from, subject: text(subject) };
}

/** A quoted string without its quotes; empty for NIL. */
function text(written = 'NIL'): string {
  return written === 'NIL' ? '' : written.slice(1, -1).replace(/\\(.)/g, '$1');
}
