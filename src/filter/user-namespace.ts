/** How the owner of a mailbox sees its name: INBOX, and what is below INBOX. */
import type { MailboxName } from '../decode/mailbox.ts';
import { isSeparator, type Separator } from './wildcard.ts';

const inbox = 'INBOX';

/** 5 when the first level of a name is INBOX in any case (RFC 9051 §5.1), else 0. */
export function inboxLength(name: string, separator: Separator): number {
  if (!/^inbox/i.test(name)) return 0;
  return name.length === inbox.length || isSeparator(name.charCodeAt(inbox.length), separator) ? inbox.length : 0;
}

/** The name with a first level INBOX in capitals. */
export function spellInbox(name: string, separator: Separator): string {
  return inboxLength(name, separator) > 0 ? inbox + name.slice(inbox.length) : name;
}

/**
 * The names that the owner of a mailbox may use for it: `INBOX`, or `INBOX/Sub` with the separator of the mailbox, and
 * with both when that is unknown. None when there is no owner, and none when the name is already of that kind.
 */
export function ownersViews(mailbox: MailboxName): readonly string[] {
  const { name, owner, separator } = mailbox;
  if (mailbox.inbox) return [inbox];
  if (owner === undefined || inboxLength(name, separator) > 0) return [];
  if (separator === undefined) return [`${inbox}/${name}`, `${inbox}.${name}`];
  return [inbox + separator + belowOwner(name, owner, separator)];
}

/**
 * What follows the owner in the name; the whole name if it does not hold the owner, as in Dovecot's and in Cyrus 2.5's
 * `Sub`. The owner `j.doe@example.org` shows in one of these ways (see `decode/mailbox.ts`):
 *
 *     user/j.doe/Sub@example.org      user.j^doe.Sub@example.org      example.org!user.j^doe.Sub
 *     user/j.doe@example.org/Sub      user.j^doe@example.org.Sub      user.j^doe@example^org.Sub
 */
function belowOwner(name: string, owner: string, separator: string): string {
  const at = owner.lastIndexOf('@');
  const local = at === -1 ? owner : owner.slice(0, at);
  const domain = at === -1 ? '' : owner.slice(at);
  const internal = `${domain.slice(1)}!`;
  const rest = domain !== '' && name.startsWith(internal) ? name.slice(internal.length) : name;
  const root = `user${separator}`;
  if (!rest.startsWith(root)) return name;

  const below = rest.slice(root.length);
  if (beginsWithLevel(below, owner, separator)) return below.slice(owner.length + 1);
  if (!beginsWithLevel(below, local, separator)) return name;
  const sub = below.slice(local.length + 1);
  return domain !== '' && sub.endsWith(domain) ? sub.slice(0, -domain.length) : sub;
}

/** Whether `below` begins with `level` and the separator; `^` in a name stands for a dot. */
function beginsWithLevel(below: string, level: string, separator: string): boolean {
  if (below[level.length] !== separator) return false;
  return below.startsWith(level) || below.slice(0, level.length).replaceAll('^', '.') === level;
}
