/** Format ox: what the OX driver of Dovecot's push notifications sends to OX App Suite, so that its receivers serve Cyrus as well. */
import type { Json, JsonObject } from '../../base/event.ts';
import { quotedString } from '../../base/printable.ts';
import { parseImapEnvelope } from '../../decode/imap-envelope.ts';
import { parseImapUrl } from '../../decode/imap-url.ts';
import { mailboxOf } from '../../decode/mailbox.ts';
import type { Notification } from '../notifier.ts';
import type { BodyFormat, FormatContext, Write } from './body-format.ts';

/** The longest snippet that Dovecot sends, in characters. */
const snippetLength = 200;

/**
 * A PUT of `{user, event, folder, imap-uidvalidity, imap-uid, from, subject, snippet, unseen}`, the last four only where they
 * are known (Dovecot `push-notification-driver-ox.c`). As that driver does, it reports only new messages in an INBOX.
 */
export function oxFormat({ url: target }: FormatContext, write: Write): BodyFormat {
  const path = `${target.pathname}${target.search}`;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return {
    takesSeveral: false,
    request: ([notification]) => {
      const body = bodyOf(notification);
      return typeof body === 'string'
        ? { unfit: body }
        : { value: { method: 'PUT', path, headers, body: write(body) } };
    },
  };
}

/** Or why there is none. */
function bodyOf({ event, user, naming, payload }: Notification): JsonObject | string {
  if (event !== 'MessageNew') return 'the format ox reports only new messages (MessageNew)';
  const { uri } = payload;
  const url = typeof uri === 'string' ? parseImapUrl(uri) : undefined;
  const mailbox = url?.ok ? mailboxOf(url.value, naming) : undefined;
  if (!url?.ok || mailbox === undefined || url.value.uidvalidity === undefined || url.value.uid === undefined) {
    return 'the format ox needs the mailbox, UIDVALIDITY and UID of the message';
  }
  if (!mailbox.inbox) return 'the format ox reports only messages in an INBOX';
  const { subject, from } = headersIn(payload);
  const snippet = textAt(payload, 'vnd.dovecot.snippet');
  const unseen = payload['vnd.cmu.unseenMessages'];
  const members: Record<string, Json | undefined> = {
    user: user || mailbox.owner || '',
    event: 'messageNew',
    folder: 'INBOX',
    'imap-uidvalidity': url.value.uidvalidity,
    'imap-uid': url.value.uid,
    from,
    subject,
    snippet:
      snippet === undefined ? undefined : [...snippet.slice(0, 2 * snippetLength)].slice(0, snippetLength).join(''),
    unseen,
  };
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** As they stand in the mail, their encoded words not decoded. */
function headersIn(payload: JsonObject): { readonly from: string | undefined; readonly subject: string | undefined } {
  const envelope = parseImapEnvelope(textAt(payload, 'vnd.cmu.envelope') ?? '');
  const [first] = envelope?.from ?? [];
  const sender = first && (first.name === '' ? first.address : `${phrase(first.name)} <${first.address}>`);
  return {
    from: sender ?? textAt(payload, 'vnd.dovecot.from'),
    subject: envelope?.subject || textAt(payload, 'vnd.dovecot.subject'),
  };
}

/** A name as it stands before an address: quoted where it must be (RFC 5322 §3.2.5). */
const phrase = (name: string): string => (/^[\w !#$%&'*+/=?^`{|}~-]*$/.test(name) ? name : quotedString(name));

function textAt(payload: JsonObject, name: string): string | undefined {
  const value = payload[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
