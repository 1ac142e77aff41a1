/** Addresses of mail, strictly read: what passes may stand in an envelope, in a header and on a command line. */
import { domainToASCII } from 'node:url';
import { quotedString } from '../../base/printable.ts';
import type { Parsed } from '../parsed.ts';

/** An address with the name that a reader sees. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** RFC 5321 §4.5.3.1: a path has 256 octets with its angle brackets, a local part 64. */
const addressLimit = 254;
const localLimit = 64;
/** How long an address may be as it is written, where a quoted string may hold backslashes that count for nothing. */
const writtenLimit = 1024;

const dotAtom = /^[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*$/;
/** What RFC 6531 §3.3 adds to an atom: characters outside ASCII, here without those that cannot be seen. */
const international = /[^\p{C}\p{Z}\0-\x7f]/gu;
/** Without angle brackets: no client of SMTP should have to take an envelope apart with care. */
const quotedLocal = /^"(?:[ !#-;=?-[\]-~]|\\["\\])*"$/;
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * One address of RFC 5321 §4.1.2, with a domain name: in ASCII when it is international. Refused are, besides what the
 * RFC refuses: address literals (`[192.0.2.1]`), local parts outside ASCII, and ones that begin with `-`
 * or `|`, which a mail program might take for an option or a command.
 */
export function parseAddress(text: string): Parsed<string> {
  return parseWith(text, parseLocalPart);
}

/**
 * The same for a recipient, whose local part may have characters outside ASCII (RFC 6531): such an address fits into an
 * envelope with SMTPUTF8, and into no header.
 */
export function parseRecipient(text: string): Parsed<string> {
  return parseWith(text, (local) => (isAscii(local) ? parseLocalPart(local) : parseUtf8LocalPart(local)));
}

/** Whether an address needs SMTPUTF8. */
export const isInternational = (address: string): boolean => !isAscii(address);

const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);

function parseWith(text: string, parseLocal: (local: string) => Parsed<string>): Parsed<string> {
  // Before any expression sees it: one of a million characters could exceed the stack of the engine.
  if (text.length > writtenLimit) return { wrong: `it is longer than ${addressLimit} characters` };
  const at = text.lastIndexOf('@');
  if (at < 0) return { wrong: 'it has no domain: write an address like john@example.org' };
  const local = parseLocal(text.slice(0, at));
  if ('wrong' in local) return local;
  const domain = parseDomain(text.slice(at + 1));
  if ('wrong' in domain) return domain;
  const address = `${local.value}@${domain.value}`;
  if (Buffer.byteLength(address) > addressLimit) return { wrong: `it is longer than ${addressLimit} characters` };
  return { value: address };
}

/** The local part in its simplest form: quoted only where it must be. */
function parseLocalPart(text: string): Parsed<string> {
  const quoted = quotedLocal.test(text);
  const plain = quoted ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
  if (/[^\x20-\x7e]/.test(plain)) return { wrong: 'the part before the @ is not of printable ASCII characters' };
  if (plain === '') return { wrong: 'the part before the @ is missing' };
  if (/^[-|]/.test(plain)) return { wrong: `the part before the @ begins with ${plain.charAt(0)}` };
  if (!quoted && !dotAtom.test(plain)) {
    return { wrong: 'the part before the @ has a character in it that must be quoted, or a dot in a wrong place' };
  }
  const local = dotAtom.test(plain) ? plain : quotedString(plain);
  return local.length > localLimit ? { wrong: `the part before the @ is longer than ${localLimit}` } : { value: local };
}

function parseUtf8LocalPart(text: string): Parsed<string> {
  if (/^[-|]/.test(text)) return { wrong: `the part before the @ begins with ${text.charAt(0)}` };
  if (!dotAtom.test(text.replace(international, 'x'))) {
    return { wrong: 'the part before the @ has a character in it that cannot be used, or a dot in a wrong place' };
  }
  if (Buffer.byteLength(text) <= localLimit) return { value: text };
  return { wrong: `the part before the @ is longer than ${localLimit} bytes` };
}

/** A domain name in ASCII: labels of letters, digits and hyphens. */
export function parseDomain(text: string): Parsed<string> {
  // Only names outside ASCII are converted: the function would also make an IPv4 address of `0x7f.1`.
  const name = /[^\0-\x7f]/.test(text) ? domainToASCII(text) : text;
  const labels = name.split('.');
  if (!labels.every((part) => label.test(part)) || name.length > 253) {
    return { wrong: 'the part after the @ is not the name of a domain' };
  }
  if (/^[0-9]+$/.test(labels.at(-1) ?? '')) return { wrong: 'the part after the @ is an IP address, not a domain' };
  return { value: name };
}

/** `Name <address>` or the address alone, as in `from`. */
export function parseMailbox(text: string): Parsed<Mailbox> {
  const match = /^([^<>]*)<([^<>]*)>$/.exec(text.trim());
  const address = parseAddress(match?.[2] ?? text.trim());
  if ('wrong' in address) return address;
  const name = (match?.[1] ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (/\p{Cc}/u.test(name)) return { wrong: 'the name has a control character in it' };
  return { value: { name, address: address.value } };
}

/** Splits a list at the commas that are not within a quoted local part. */
export function splitAddresses(list: string): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  let escaped = false;
  for (const character of list) {
    if (character === ',' && !quoted) {
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '"' && !escaped) quoted = !quoted;
    escaped = quoted && character === '\\' && !escaped;
    part += character;
  }
  parts.push(part);
  return parts.map((each) => each.trim()).filter((each) => each !== '');
}

/** Each address once: local parts are compared as they are, domains without case. */
export function uniqueAddresses(addresses: readonly string[]): readonly string[] {
  const known = new Map<string, string>();
  for (const address of addresses) {
    const at = address.lastIndexOf('@');
    const key = address.slice(0, at) + address.slice(at).toLowerCase();
    if (!known.has(key)) known.set(key, address);
  }
  return [...known.values()];
}
