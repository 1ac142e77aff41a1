/** One mail about many events of a user (`mailto_digest`): when it is due, and what it says. */
import { createHash } from 'node:crypto';
import { oneLine } from '../../base/printable.ts';
import type { Notification } from '../notifier.ts';
import type { Draft } from './draft.ts';

/** Events that one mail is made of, at the most; and lines of it: it says how many more there are. */
export const mostEvents = 1000;
const mostLines = 200;
/** In characters. */
const lineLimit = 200;

/**
 * When the interval ends in which something was received. They end at other times for each user, so that the mails of all
 * are spread over the interval, and at the same times whatever process looks.
 */
export function endOfInterval(intervalMs: number, key: string, receivedAt: number): number {
  const offset = createHash('sha256').update(key).digest().readUInt32LE(0) % intervalMs;
  return Math.floor((receivedAt - offset) / intervalMs + 1) * intervalMs + offset;
}

/** An event, and the mail that it would be by itself. */
export interface DigestPart {
  readonly notification: Notification;
  readonly draft: Draft;
}

/** One mail to the recipients of the first: of one event it is the mail that it would be anyway. */
export function draftDigest(parts: readonly [DigestPart, ...DigestPart[]]): Draft {
  const [first, ...others] = parts;
  if (others.length === 0) return first.draft;
  const { user } = first.notification;
  const shown = parts.slice(0, mostLines).map(lineOf);
  const rest = parts.length - shown.length;
  return {
    ...first.draft,
    subject: `${parts.length} events${user === '' ? '' : ` for ${user}`}`,
    body: [...shown, ...(rest > 0 ? ['', `and ${rest} more.`] : []), '', 'Times are in UTC.', ''].join('\n'),
    headers: new Map([['auto-submitted', 'auto-generated']]),
  };
}

/** The same for the same events. */
export function idOfDigest(parts: readonly [DigestPart, ...DigestPart[]]): string {
  const [{ notification }, ...others] = parts;
  if (others.length === 0) return notification.id;
  const hash = createHash('sha256');
  for (const one of parts) hash.update(`${one.notification.id} `);
  return hash.digest('hex').slice(0, 26).toUpperCase();
}

function lineOf({ notification: { receivedAt, coalesced }, draft: { subject } }: DigestPart): string {
  const at = new Date(receivedAt).toISOString().slice(0, 16).replace('T', ' ');
  const more = coalesced === undefined ? '' : ` (${coalesced.count} times)`;
  return `${at}  ${oneLine(subject).slice(0, lineLimit)}${more}`;
}
