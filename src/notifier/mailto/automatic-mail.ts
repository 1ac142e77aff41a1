/** Which mail was sent by a program, so that notifications about notifications do not go round for ever. */

import { type Mailbox, parseMailbox } from './address.ts';

/** The Message-ID of a notification: the same for every attempt, another one for every notifier. */
export function messageIdOf(id: string, notifier: string, domain: string): string {
  return `<${id}.${notifier}.belfry@${domain}>`;
}

const ownForm = /^<[0-9A-Za-z-]+\.[a-z][a-z0-9-]*\.belfry@([^\s<>"@]+)>$/;

/**
 * Whether a Message-ID is that of a mail of a belfry with this domain. It must be nothing else: in the middle of a text it
 * may be a quotation.
 */
export function isOwnMessageId(id: string, domain: string): boolean {
  return ownForm.exec(id.slice(0, 512))?.[1]?.toLowerCase() === domain.toLowerCase();
}

/**
 * The Message-ID in an IMAP envelope (RFC 9051 §7.5.2), its last field: date, subject, six lists of addresses, In-Reply-To,
 * Message-ID. Undefined when it has none, or one that no belfry has made.
 */
export function messageIdIn(envelope: string): string | undefined {
  return /^ "(<[^\s<>"\\]+>)"\)$/.exec(envelope.slice(Math.max(0, envelope.lastIndexOf(' "'))))?.[1];
}

/**
 * Why a mail with these headers must not cause a Sieve notification, in a few words: Auto-Submitted says something else
 * than `no` (RFC 5436 §2.7), or it is a notification of belfry itself. Undefined when it may.
 */
export function automaticBecause(head: string, domain: string): string | undefined {
  const values = headerValues(head, 'auto-submitted');
  const keyword = values.map(keywordOf).find((word) => word !== 'no');
  if (keyword !== undefined) return `its Auto-Submitted is ${JSON.stringify(keyword.slice(0, 40))}`;
  return isOwnMail(head, domain) ? 'it is itself a notification' : undefined;
}

/** Whether the headers are those of a mail that a belfry with this domain has sent. */
export function isOwnMail(head: string, domain: string): boolean {
  return headerValues(head, 'message-id').some((id) => isOwnMessageId(id.trim(), domain));
}

/**
 * Whether a header From, as it stands in a mail, is that of mails from `own`: the name and the address. By the address alone
 * it would also be a person's who writes as postmaster. Where one of the names is encoded, it is the address that decides.
 */
export function isFromSelf(from: string, own: Mailbox): boolean {
  const theirs = parseMailbox(from);
  if ('wrong' in theirs || theirs.value.address.toLowerCase() !== own.address.toLowerCase()) return false;
  const isEncoded = /=\?[^?\s]+\?[bq]\?/i.test(theirs.value.name);
  return isEncoded ? /[^\x20-\x7e]/.test(own.name) : plain(theirs.value.name) === plain(own.name);
}

/** A name however it is quoted and spaced. */
const plain = (name: string): string => name.replace(/\\(.)/g, '$1').replace(/\s+/g, ' ').trim();

/** The values of a header, unfolded; `head` may go on after the headers, or end within them. */
function headerValues(head: string, name: string): readonly string[] {
  const end = /\r?\n\r?\n/.exec(head)?.index ?? head.length;
  const lines = head
    .slice(0, end)
    .replace(/\r?\n[ \t]/g, ' ')
    .split(/\r?\n/);
  return lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 && line.slice(0, colon).trim().toLowerCase() === name ? [line.slice(colon + 1)] : [];
  });
}

/** The keyword of RFC 3834 §5.2 without the comments around it and the parameters after it. */
function keywordOf(value: string): string {
  let text = '';
  let depth = 0;
  for (const character of value) {
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) text += character;
  }
  return (text.trim().split(/[\s;]/, 1)[0] ?? '').toLowerCase();
}
