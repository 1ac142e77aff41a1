/** The mailto URI of RFC 6068, which names the recipients of a Sieve notification and may bring headers with it. */
import { ifPossible } from '../../base/error.ts';
import type { Parsed } from '../parsed.ts';
import { parseAddress, parseRecipient, splitAddresses, uniqueAddresses } from './address.ts';

/** What is taken over of a URI. All texts are decoded and otherwise as they were written. */
export interface MailtoUri {
  /** At least one of `to` and `cc` has an address; none is in both. */
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo?: string;
  readonly subject?: string;
  readonly body?: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The most recipients of one notification: a Sieve script is no mailing list. */
export const maxRecipients = 10;

/**
 * Headers that a URI may set beside recipients, subject and body. Everything else is ignored, as RFC 6068 §4 allows:
 * among it what RFC 5436 §2.7 forbids (Auto-Submitted, Received, From, Message-ID, Date) and what would forge a sender
 * (Sender, Resent-*), hide a recipient (Bcc), or contradict the body (MIME-Version, Content-*).
 */
const harmless = new Set(['comments', 'importance', 'keywords', 'organization', 'priority', 'x-priority']);

/** Reads a URI, with or without its `mailto:` (Cyrus `sieve/bc_eval.c` takes that off before it sends the rest). */
export function parseMailtoUri(text: string): Parsed<MailtoUri> {
  const [withoutFragment = ''] = text.replace(/^mailto:/i, '').split('#', 1);
  const question = withoutFragment.indexOf('?');
  const path = question < 0 ? withoutFragment : withoutFragment.slice(0, question);
  const fields = question < 0 ? [] : withoutFragment.slice(question + 1).split('&');

  const recipients = decodePart(path);
  if ('wrong' in recipients) return recipients;
  const to = [splitAddresses(recipients.value)];
  const cc: (readonly string[])[] = [];
  const texts = new Map<string, string>();
  for (const field of fields) {
    const equals = field.indexOf('=');
    if (equals < 0) return { wrong: 'a header in the mailto URI has no =' };
    const name = decodePart(field.slice(0, equals));
    if ('wrong' in name) return name;
    const value = decodePart(field.slice(equals + 1));
    if ('wrong' in value) return value;
    const key = name.value.toLowerCase();
    if (key === 'to') to.push(splitAddresses(value.value));
    else if (key === 'cc') cc.push(splitAddresses(value.value));
    // A header that may stand once in a mail counts where it stands first.
    else if (!texts.has(key)) texts.set(key, value.value);
  }
  return withRecipients(to.flat(), cc.flat(), texts);
}

function withRecipients(
  to: readonly string[],
  cc: readonly string[],
  texts: ReadonlyMap<string, string>,
): Parsed<MailtoUri> {
  if (to.length + cc.length > maxRecipients) {
    return { wrong: `the mailto URI names ${to.length + cc.length} recipients; ${maxRecipients} are the most` };
  }
  const valid: string[] = [];
  for (const written of [...to, ...cc]) {
    const address = parseRecipient(written);
    if ('wrong' in address) return { wrong: `${JSON.stringify(written)} is not a mail address: ${address.wrong}` };
    valid.push(address.value);
  }
  if (valid.length === 0) return { wrong: 'the mailto URI names no recipient' };
  const unique = uniqueAddresses(valid);
  const first = new Set(uniqueAddresses(valid.slice(0, to.length)));
  const replyTo = parseAddress(texts.get('reply-to') ?? '');
  const subject = texts.get('subject');
  const body = texts.get('body');
  return {
    value: {
      to: unique.filter((address) => first.has(address)),
      cc: unique.filter((address) => !first.has(address)),
      ...('value' in replyTo ? { replyTo: replyTo.value } : {}),
      ...(subject === undefined ? {} : { subject }),
      ...(body === undefined ? {} : { body }),
      headers: new Map([...texts].filter(([name]) => harmless.has(name))),
    },
  };
}

/** Undoes the percent-encoding, which is of UTF-8; `+` is itself. */
function decodePart(text: string): Parsed<string> {
  const value = ifPossible(() => decodeURIComponent(text));
  if (value !== undefined) return { value };
  return { wrong: 'the mailto URI has a % in it that does not begin the encoding of a character' };
}
