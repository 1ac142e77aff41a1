/** Which messages an event names. */
import type { JsonObject } from '../base/event.ts';
import { type ImapUrl, parseImapUrl } from './imap-url.ts';

/** The URL in its `uri`; undefined when there is none. */
export function urlOf({ uri }: JsonObject): ImapUrl | undefined {
  if (typeof uri !== 'string') return undefined;
  const url = parseImapUrl(uri);
  return url.ok ? url.value : undefined;
}

/** Its set of UIDs as the sender wrote it, or else the one UID of the URL; undefined when it names none. */
export function uidsetOf({ uidset }: JsonObject, url: ImapUrl | undefined): string | undefined {
  if (typeof uidset === 'string' && uidset !== '') return uidset;
  return url?.uid === undefined ? undefined : String(url.uid);
}
