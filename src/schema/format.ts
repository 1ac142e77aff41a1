/** The formats that a schema may ask a string to have: those of events, read by our own decoders, and those of JSON Schema. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Format } from 'ajv';
import { parseImapUrl } from '../decode/imap-url.ts';

/** Formats that say what a string is meant to be, as JSON Schema 2020-12 has it, and refuse nothing (§7.2.1 of its validation). */
const annotations = [
  ...[
    'date-time',
    'date',
    'time',
    'duration',
    'email',
    'idn-email',
    'hostname',
    'idn-hostname',
    'uri',
    'uri-reference',
  ],
  ...['iri', 'iri-reference', 'uri-template', 'uuid', 'json-pointer', 'relative-json-pointer', 'regex'],
];

/** Formats that no other validator knows. */
export const ownFormats: Readonly<Record<string, Format>> = {
  'imap-url': isImapUrl,
  'imap-list': (text: string) => text.startsWith('(') && text.endsWith(')'),
  'ip-address': (text: string) => isIP(text) !== 0,
  uidset: isUidset,
};

/** By name; none of them takes more than linear time. A schema that asks for any other is refused. */
export const formats: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(annotations.map((name) => [name, true as const])),
  ipv4: isIPv4,
  ipv6: isIPv6,
  ...ownFormats,
};

/** What real servers write for most mailboxes and messages, found right in a tenth of the time. */
const plainUrl =
  /^imap:\/\/[A-Za-z0-9.-]+(?:\/(?:[\w./~$+!*'()&,=:@-]|%[2-6][0-9A-F])+(?:;UIDVALIDITY=(?:[1-3][0-9]{9}|[1-9][0-9]{0,8})(?:\/;UID=[1-9][0-9]{0,8})?)?)?$/;
/** Beyond it the expression could run out of stack. */
const plainLength = 4096;

function isImapUrl(text: string): boolean {
  return (text.length < plainLength && plainUrl.test(text)) || parseImapUrl(text).ok;
}

/** What `parseUidset` reads, without keeping it: a set can name a million messages. */
function isUidset(text: string): boolean {
  let at = endOfUid(text, 0);
  while (at > 0) {
    if (text[at] === ':') at = endOfUid(text, at + 1);
    if (at === text.length) return true;
    at = text[at] === ',' ? endOfUid(text, at + 1) : -1;
  }
  return false;
}

const largestUid = 0xffff_ffff;
const zero = 0x30;

/** Behind the UID or the `*` that begins at `start`; -1 when none does. */
function endOfUid(text: string, start: number): number {
  if (text[start] === '*') return start + 1;
  if (text[start] === '0') return -1;
  let at = start;
  let uid = 0;
  for (let digit = text.charCodeAt(at) - zero; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - zero) {
    uid = uid * 10 + digit;
    if (uid > largestUid) return -1;
    at += 1;
  }
  return at === start ? -1 : at;
}
