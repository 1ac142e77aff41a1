/** The formats that a schema may ask a string to have: those of events, read by our own decoders, and those of JSON Schema. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Format } from 'ajv';
import { parseImapUrl } from '../decode/imap-url.ts';
import { isUidset } from '../decode/uidset.ts';

/** Formats that say what a string is meant to be, as JSON Schema 2020-12 has it, and refuse nothing (§7.2.1 of its validation). */
const annotations =
  'date-time date time duration email idn-email hostname idn-hostname uri uri-reference iri iri-reference ' +
  'uri-template uuid json-pointer relative-json-pointer regex';

/** Formats that no other validator knows. */
export const ownFormats: Readonly<Record<string, Format>> = {
  'imap-url': isImapUrl,
  'imap-list': (text: string) => text.startsWith('(') && text.endsWith(')'),
  'ip-address': (text: string) => isIP(text) !== 0,
  uidset: isUidset,
};

/** By name; none of them takes more than linear time. A schema that asks for any other is refused. */
export const formats: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(annotations.split(' ').map((name) => [name, true as const])),
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
