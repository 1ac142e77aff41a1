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

/** A quoted string, NIL, or a parenthesis of an envelope. A string that does not end takes the rest, so that it is read once. */
const token = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|NIL|[()]/g;

/** Date, subject, and the first address of From: name, route, local part, domain (RFC 9051 §7.5.2). */
function inEnvelope(envelope: string): { readonly from: string; readonly subject: string } {
  const tokens = envelope.slice(0, 4096).match(token) ?? [];
  const [, , subject, open, inner, name, , local, domain] = tokens;
  const hasFrom = open === '(' && inner === '(';
  const address = hasFrom && text(local) !== '' ? `${text(local)}@${text(domain)}` : '';
  const from = hasFrom && text(name) !== '' ? `${text(name)} <${address}>` : address;
  return { from, subject: text(subject) };
}

/** A quoted string without its quotes; empty for NIL. */
function text(written = 'NIL'): string {
  return !written.startsWith('"') ? '' : written.slice(1, -1).replace(/\\(.)/g, '$1');
}
