/** The envelope: a notification with everything that a receiver would otherwise have to work out from IMAP URLs and sets of UIDs. */
import { shownCoalesced } from '../base/coalesced.ts';
import { type Json, type JsonObject, writeJson } from '../base/event.ts';
import { escapedJson } from '../base/printable.ts';
import type { ImapUrl } from '../decode/imap-url.ts';
import { type MailboxName, mailboxOf } from '../decode/mailbox.ts';
import { pathOf } from '../decode/mailbox-path.ts';
import { uidsetOf, urlOf } from '../decode/uids-of-event.ts';
import { parseUidset } from '../decode/uidset.ts';
import type { Notification, Services } from './notifier.ts';

/** No more UIDs than these are written one by one: a set of a few bytes can name 2^32. */
export const maxUids = 1000;

/**
 * `{id, receivedAt, event, user, mailbox: {name, owner, path, separator, specialUse}, uidvalidity, uidset, uids, data}`,
 * always with all members; what is not known, or not there, is null.
 *
 * - `receivedAt` is RFC 3339 in UTC. `event` is null for a request of another class. `data` is the payload: the event.
 * - `mailbox` is null when there is none. `owner` is null for a shared mailbox, `separator` when the name does not show
 *   it. `path` holds the levels below what belongs to the owner, see `pathOf`; `specialUse` the attributes by the option
 *   `special_use`.
 * - `uidset` is as the sender wrote it, or the one UID of the URL. `uids` are its UIDs in rising order, null when there
 *   are more than {@link maxUids}, or when `*` is among them.
 * - `coalesced`, `{count, firstReceivedAt}`, is there only where it stands for earlier ones (`Notification.coalesced`).
 *
 * Only `writeJson` can write it: it may hold numbers that a double cannot.
 */
export function envelopeOf(notification: Notification, services: Pick<Services, 'specialUse'>): JsonObject {
  return { ...aboutPayload(notification, services), data: notification.payload };
}

/**
 * The same as one line of JSON that may be shown (`escapedJson`). The payload, most of it, is not written anew where its text
 * is there already.
 */
export function envelopeLine(notification: Notification, services: Pick<Services, 'specialUse'>): string {
  const about = escapedJson(JSON.stringify(aboutPayload(notification, services)));
  const { printable = escapedJson(writeJson(notification.payload)) } = notification;
  return `${about.slice(0, -1)},"data":${printable}}`;
}

/** All members but `data`. */
function aboutPayload(notification: Notification, { specialUse }: Pick<Services, 'specialUse'>): JsonObject {
  const { id, receivedAt, event, user, payload, coalesced } = notification;
  const url = urlOf(payload);
  const uidset = uidsetOf(payload, url);
  return {
    id,
    receivedAt: new Date(receivedAt).toISOString(),
    event: event ?? null,
    user: user === '' ? null : user,
    mailbox: mailboxIn(notification, url, specialUse),
    uidvalidity: url?.uidvalidity ?? null,
    uidset: uidset ?? null,
    uids: uidset === undefined ? null : (uidsOf(uidset) ?? null),
    ...(coalesced === undefined ? {} : { coalesced: shownCoalesced(coalesced) }),
  };
}

function mailboxIn(
  { event, mailbox, user, naming }: Notification,
  url: ImapUrl | undefined,
  specialUse: Services['specialUse'],
): Json {
  const named: MailboxName | undefined =
    event !== undefined && url !== undefined
      ? mailboxOf(url, naming)
      : mailbox === ''
        ? undefined
        : { name: mailbox, owner: user, separator: undefined, inbox: /^inbox$/i.test(mailbox) };
  if (named === undefined) return null;
  return {
    name: named.name,
    owner: named.owner === undefined || named.owner === '' ? null : named.owner,
    path: pathOf(named, naming),
    separator: named.separator ?? null,
    specialUse: [...specialUse(named)],
  };
}

/** The UIDs in rising order; undefined when they are too many, not known, or none. */
function uidsOf(written: string): readonly number[] | undefined {
  const set = parseUidset(written);
  if (!set.ok || set.value.open) return undefined;
  const { ranges } = set.value;
  const count = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > maxUids) return undefined;
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
