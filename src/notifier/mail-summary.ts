/** What an event says of a mail to a person: whom it is from, and its subject, whichever mail server reports it. */
import type { JsonObject } from '../base/event.ts';
import { oneLine } from '../base/printable.ts';
import { parseImapEnvelope } from '../decode/imap-envelope.ts';
import { parseMailbox } from './mailto/address.ts';
import { decodeWords } from './mailto/encoded-words.ts';

/** Each is one line of Unicode, its encoded words decoded, and empty where the event does not say. Its author is a stranger. */
export interface MailSummary {
  /** The address, or what stands in its place. */
  readonly from: string;
  /** The name, or else the address. */
  readonly fromName: string;
  readonly to: string;
  readonly subject: string;
  /** The beginning of the text; only Dovecot sends it. */
  readonly snippet: string;
}

/** No more of a text is read: an event can be as large as a request. */
const longest = 4096;

/** Out of `vnd.cmu.envelope` (Cyrus), or `vnd.dovecot.from`, `to`, `subject` and `snippet`. */
export function mailSummary(payload: JsonObject): MailSummary {
  const envelope = parseImapEnvelope(textAt(payload, 'vnd.cmu.envelope').slice(0, 4 * longest));
  const from = envelope?.from[0] ?? addressIn(textAt(payload, 'vnd.dovecot.from'));
  const address = shown(from.address);
  return {
    from: address,
    fromName: shown(from.name) || address,
    to: shown(envelope?.to[0]?.address ?? addressIn(textAt(payload, 'vnd.dovecot.to')).address),
    subject: shown(envelope?.subject || textAt(payload, 'vnd.dovecot.subject')),
    snippet: shown(textAt(payload, 'vnd.dovecot.snippet')),
  };
}

function textAt(payload: JsonObject, name: string): string {
  const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
  return typeof value === 'string' ? value.slice(0, 4 * longest) : '';
}

const shown = (text: string): string => oneLine(decodeWords(text.slice(0, longest)));

/** `Alice <alice@example.net>`; what is no address stands in its place. */
function addressIn(header: string): { readonly name: string; readonly address: string } {
  const parsed = parseMailbox(header.slice(0, longest));
  return 'wrong' in parsed ? { name: '', address: header } : parsed.value;
}
