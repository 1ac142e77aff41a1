/** The mail of a Sieve notification, after RFC 5436: recipients and headers are the mail user's, and so not trusted. */
import { createHash } from 'node:crypto';
import { oneLine, quotedString } from '../../base/printable.ts';
import type { Notification } from '../notifier.ts';
import type { Parsed } from '../parsed.ts';
import { type Mailbox, parseAddress, parseRecipient } from './address.ts';
import { automaticBecause } from './automatic-mail.ts';
import { type Drafted, importanceHeaders } from './draft.ts';
import { decodeWords } from './encoded-words.ts';
import { type MailtoUri, parseMailtoUri } from './mailto-uri.ts';
import type { Nobody } from './recipients.ts';
import { readStagedHead } from './staged-message.ts';

export interface SieveSettings {
  readonly from: Mailbox;
  /** Recipients for a script that names none. */
  readonly fallback: () => Parsed<readonly string[]> | Nobody;
  /** Domain of users that have none in their name, and of belfry's own Message-IDs. */
  readonly domain: string;
  readonly version: string;
}

/** What begins the part that Cyrus puts after the script's text (`sieve/script.c`). */
const actionsTaken = '\n\nAction(s) taken:\n';

export async function draftSieveMail(notification: Notification, settings: SieveSettings): Promise<Drafted> {
  const target = targetOf(notification, settings);
  if (!('value' in target)) return target;
  const head = notification.fname === undefined ? undefined : await readStagedHead(notification.fname);
  const automatic = head === undefined ? undefined : automaticBecause(head, settings.domain);
  if (automatic !== undefined) return { unsent: `no notification about this message: ${automatic}` };

  const uri = target.value;
  // Before anything is shortened: half an encoded word says nothing.
  const text = decodeWords(notification.message);
  const message = textOfScript(text);
  const headers = new Map([
    ['auto-submitted', `auto-notified; ${ownerOf(notification.user, settings.domain)}`],
    ['x-sieve', `belfry ${settings.version}`],
    ...importanceHeaders(notification.priority),
    ...[...uri.headers].filter(([, value]) => oneLine(value) !== ''),
  ]);
  return {
    value: {
      from: settings.from,
      to: uri.to,
      cc: uri.cc,
      ...(uri.replyTo === undefined ? {} : { replyTo: uri.replyTo }),
      // RFC 5436 §2.7: `:message`, else the URI's. A script without `:message` makes Cyrus send
      // `$from$: $subject$` in its place: that is where the subject of the message itself comes in.
      subject: firstText(
        message,
        uri.subject === undefined ? undefined : decodeWords(uri.subject),
        `[${notification.class}] New mail notification`,
      ),
      body: uri.body ?? text,
      headers,
    },
  };
}

/**
 * The first option; in older Cyrus the method may be the URI (`mailto:john@example.org`). It is read as a URI first and
 * then as a bare address, which a script of the old kind gives: so `%` is taken literally only where it encodes nothing.
 */
function targetOf(
  { method, options }: Notification,
  { fallback }: Pick<SieveSettings, 'fallback'>,
): Parsed<MailtoUri> | Nobody {
  const written = options[0]?.trim() || (/^mailto:./i.test(method) ? method : '');
  if (written === '') {
    const to = fallback();
    return 'value' in to ? { value: { to: to.value, cc: [], headers: new Map() } } : to;
  }
  const uri = parseMailtoUri(written);
  if ('value' in uri || /^mailto:/i.test(written)) return uri;
  const address = parseRecipient(written);
  return 'value' in address ? { value: { to: [address.value], cc: [], headers: new Map() } } : uri;
}

/**
 * Why there is nobody to send a Sieve notification to: the script names nobody (`mailto:` alone) and there is no
 * `fallback`, or what it names is no address. Undefined when there is somebody.
 */
export function noRecipient(notification: Notification, fallback: boolean): string | undefined {
  const byFallback = fallback
    ? { value: [] }
    : { wrong: 'the Sieve script names no recipient, and mailto_to is not set' };
  const target = targetOf(notification, { fallback: () => byFallback });
  return 'wrong' in target ? target.wrong : undefined;
}

/** Whose script it was, for complaints (RFC 5436 §2.7.1): the address, or a token when the name makes none. */
function ownerOf(user: string, domain: string): string {
  const address = parseAddress(user);
  if ('value' in address) return `owner-email=${quotedString(address.value)}`;
  const atDomain = parseAddress(`${user}@${domain}`);
  if ('value' in atDomain) return `owner-email=${quotedString(atDomain.value)}`;
  const token = createHash('sha256').update(user).digest('hex').slice(0, 32);
  return `owner-token=${user === '' ? 'unknown' : token}`;
}

/** Searched for as a string: an expression that begins with white space takes the square of a message of empty lines. */
function textOfScript(message: string): string {
  const end = message.indexOf(actionsTaken);
  return end < 0 ? message : message.slice(0, end).trimEnd();
}

/** The first that leaves something to be read in a header. */
function firstText(...texts: readonly (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && oneLine(text) !== '') ?? '';
}
