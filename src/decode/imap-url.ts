/** Reads and writes the IMAP URLs that name servers, mailboxes and messages in events: RFC 5092, and what Cyrus makes of it. */
import { ifPossible } from '../base/error.ts';
import { byteOffset, type Decoded, decoded, quoted, undecodable } from './decoded.ts';

export interface ImapUrl {
  /** Name or address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  /** Decoded. Cyrus 2.5 names the mailbox's owner here, 3.x nobody. */
  readonly user?: string;
  /** Decoded, hence Unicode, with the sender's hierarchy separators. */
  readonly mailbox?: string;
  /** 1 to 2^32 − 1; Cyrus leaves out what would be 0. */
  readonly uidvalidity?: number;
  /** 1 to 2^32 − 1. */
  readonly uid?: number;
}

const scheme = 'imap://';
const largestNumber = 0xffff_ffff;
const largestPort = 0xffff;

/**
 * Reads an absolute URL: `imap://[user[;AUTH=…]@]host[:port][/[mailbox][;UIDVALIDITY=n][/;UID=n]…]`.
 *
 * - Cyrus 2.5 writes the user as it is, so that it can hold an `@`, which RFC 5092 §3.2 does not allow: the host begins
 *   after the last `@` before the first `/`.
 * - The raw `;` divides mailbox and parameters; each piece is percent-decoded afterwards, as UTF-8. Keywords match in any
 *   case and stand in any order, each at most once.
 * - Accepted and not kept: `;AUTH=`, `;SECTION=`, `;PARTIAL=`, `;EXPIRE=`, `;URLAUTH=` and a search after `?`
 *   (RFC 5092 §6), because no event names less than a message. Any other keyword is refused: it may as well be the end of
 *   a mailbox's name whose `;` was not encoded, and then the name would be a wrong one.
 * - Letters beyond ASCII may stand unencoded. Control characters of ASCII may not stand anywhere, not even encoded.
 */
export function parseImapUrl(text: string): Decoded<ImapUrl> {
  if (!text.startsWith(scheme) && text.slice(0, scheme.length).toLowerCase() !== scheme) {
    return refuse(text, 0, `the URL begins with ${quoted(text.slice(0, 12))}; expected ${scheme}`);
  }
  const slash = text.indexOf('/', scheme.length);
  const authorityEnd = slash < 0 ? text.length : slash;
  const at = text.lastIndexOf('@', authorityEnd - 1);
  const hasUser = at >= scheme.length;

  const url: Draft = { host: '' };
  const problem =
    readServer(url, text, hasUser ? at + 1 : scheme.length, authorityEnd) ??
    (hasUser ? readUser(url, text, scheme.length, at) : undefined) ??
    (slash < 0 ? undefined : readPath(url, text, slash + 1));
  return problem ?? decoded(url);
}

/**
 * Writes a URL as Cyrus 3.x does (`lib/imapurl.c`, `MailboxToURL`): UTF-8, upper-case hexadecimal digits, `/` left as it
 * is. A user is encoded too, so that the URL is a valid one. Reading it again gives the same, provided that
 * the parts hold no control characters; half a surrogate pair becomes U+FFFD.
 */
export function formatImapUrl(url: ImapUrl): string {
  const user = url.user === undefined || url.user === '' ? '' : `${percentEncode(url.user).replaceAll('/', '%2F')}@`;
  const host = url.host.includes(':') ? `[${url.host}]` : url.host;
  const port = url.port === undefined ? '' : `:${url.port}`;
  if (url.mailbox === undefined || url.mailbox === '') return `${scheme}${user}${host}${port}`;
  // A slash at the very end would be taken for the one before `;UID=`.
  const mailbox = percentEncode(url.mailbox).replace(/\/$/, '%2F');
  const uidvalidity = url.uidvalidity === undefined ? '' : `;UIDVALIDITY=${url.uidvalidity}`;
  const uid = url.uid === undefined ? '' : `/;UID=${url.uid}`;
  return `${scheme}${user}${host}${port}/${mailbox}${uidvalidity}${uid}`;
}

/** A URL while it is read. The functions below fill in their part, or answer what is wrong with it. */
type Draft = { -readonly [Key in keyof ImapUrl]: ImapUrl[Key] };
type Refusal = Decoded<never> | undefined;

function refuse(text: string, index: number, message: string): Decoded<never> {
  return undecodable('uri', message, byteOffset(text, index));
}

function readUser(url: Draft, text: string, start: number, end: number): Refusal {
  const semicolon = text.indexOf(';', start);
  const userEnd = semicolon < 0 || semicolon > end ? end : semicolon;
  if (userEnd < end) {
    const auth = decodePercent(text, userEnd + 1, end, 'AUTH');
    if (!auth.ok) return auth;
    if (!/^auth=./i.test(auth.value))
      return refuse(text, userEnd, 'expected the end of the user or ;AUTH= after its name');
  }
  const user = decodePercent(text, start, userEnd, 'the user');
  if (!user.ok) return user;
  if (user.value !== '') url.user = user.value;
  return undefined;
}

/** A name or an IPv4 address, or an IPv6 address in brackets; then the port. */
const hostAndPort = /^(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\]|([\w.-]+))(?::([0-9]*))?$/;

function readServer(url: Draft, text: string, start: number, end: number): Refusal {
  const server = text.slice(start, end);
  const match = hostAndPort.exec(server);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) {
    return refuse(text, start, `the server is ${quoted(server)}; expected a host, with or without a port`);
  }
  url.host = host;
  const digits = match?.[3] ?? '';
  if (digits === '') return undefined;
  const port = Number(digits);
  if (port < 1 || port > largestPort) {
    return refuse(text, start, `the port is ${quoted(digits)}; expected a number from 1 to ${largestPort}`);
  }
  url.port = port;
  return undefined;
}

/** The keywords of RFC 5092 §6, each with a bit of its own. */
const keywords: ReadonlyMap<string, number> = new Map(
  ['UIDVALIDITY', 'UID', 'SECTION', 'PARTIAL', 'EXPIRE', 'URLAUTH'].map((keyword, index) => [keyword, 1 << index]),
);

/** What follows the slash after the server. */
function readPath(url: Draft, text: string, start: number): Refusal {
  const search = text.indexOf('?', start);
  const pathEnd = search < 0 ? text.length : search;
  let pieceEnd = endOfPiece(text, start, pathEnd);
  const name = decodePercent(text, start, withoutSlash(text, start, pieceEnd, pathEnd), 'the mailbox');
  if (!name.ok) return name;

  if (name.value !== '') url.mailbox = name.value;
  let seen = 0;
  while (pieceEnd < pathEnd) {
    const keywordAt = pieceEnd + 1;
    pieceEnd = endOfPiece(text, keywordAt, pathEnd);
    const equals = text.indexOf('=', keywordAt);
    const keywordEnd = equals < 0 || equals > pieceEnd ? pieceEnd : equals;
    const written = text.slice(keywordAt, keywordEnd);
    // Only of ASCII: letters beyond it, such as a long s, have an upper case within it.
    const keyword = /^[A-Za-z]+$/.test(written) ? written.toUpperCase() : '';
    const bit = keywords.get(keyword);
    if (bit === undefined || keywordEnd === pieceEnd) {
      const known = [...keywords.keys()].map((word) => `${word}=`).join(', ');
      return refuse(text, keywordAt, `found ${quoted(written)} after a semicolon; expected one of ${known}`);
    }
    if (seen & bit) return refuse(text, keywordAt, `${keyword} occurs for the second time; expected it once`);
    seen |= bit;
    const value = decodePercent(text, keywordEnd + 1, withoutSlash(text, keywordEnd + 1, pieceEnd, pathEnd), keyword);
    if (!value.ok) return value;
    if (keyword !== 'UIDVALIDITY' && keyword !== 'UID') continue;

    const number = /^[1-9][0-9]{0,9}$/.test(value.value) ? Number(value.value) : 0;
    if (number < 1 || number > largestNumber) {
      const message = `${keyword} is ${quoted(value.value)}; expected a number from 1 to ${largestNumber}`;
      return refuse(text, keywordEnd + 1, message);
    }
    url[keyword === 'UID' ? 'uid' : 'uidvalidity'] = number;
  }
  if (seen !== 0 && url.mailbox === undefined) {
    return refuse(text, start, 'the mailbox is missing; expected its name before the first semicolon');
  }
  if (search < 0) return undefined;
  const query = decodePercent(text, search + 1, text.length, 'the search');
  return query.ok ? undefined : query;
}

function endOfPiece(text: string, start: number, pathEnd: number): number {
  const semicolon = text.indexOf(';', start);
  return semicolon < 0 || semicolon > pathEnd ? pathEnd : semicolon;
}

/** The slash of `/;UID=` and `/;SECTION=` belongs to what follows. */
function withoutSlash(text: string, start: number, end: number, pathEnd: number): number {
  return end < pathEnd && end > start && text[end - 1] === '/' ? end - 1 : end;
}

function decodePercent(text: string, start: number, end: number, part: string): Decoded<string> {
  const encoded = text.slice(start, end);
  const decodedText = encoded.includes('%') ? ifPossible(() => decodeURIComponent(encoded)) : encoded;
  if (decodedText !== undefined && !noCharacter.test(decodedText)) return decoded(decodedText);

  const wrong = encoded.search(/%(?![0-9A-Fa-f]{2})/);
  if (wrong >= 0) {
    return refuse(
      text,
      start + wrong,
      `${part} has ${quoted(encoded.slice(wrong, wrong + 3))}; expected two hexadecimal digits after %`,
    );
  }
  if (decodedText === undefined)
    return refuse(text, start, `${part} is not UTF-8 when it is percent-decoded; expected UTF-8`);
  return refuse(
    text,
    start,
    `${part} contains a control character or half a surrogate pair, which is not allowed, even encoded`,
  );
}

/** A control character of ASCII, or half a surrogate pair. */
const noCharacter = /[^\P{Cc}\x80-\x9f]|\p{Surrogate}/u;

/** What `encodeURIComponent` encodes beyond Cyrus' set of unsafe characters. */
const needlesslyEncoded = /%2F|%24|%2C/g;

function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(needlesslyEncoded, decodeURIComponent);
}
