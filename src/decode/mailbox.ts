/** Tells from an event's URL which mailbox it is about and whose it is, for filters that go by mailbox and user. */
import type { ImapUrl } from './imap-url.ts';

export interface MailboxName {
  /** Decoded, exactly as the sender names it: `user/john/Sub`, `user.john.Sub`, `INBOX`. */
  readonly name: string;
  /** With its domain, where there is one; absent for shared mailboxes. */
  readonly owner?: string;
  /** The hierarchy separator; undefined when the name does not show it. */
  readonly separator: '/' | '.' | undefined;
  /** Whether it is its owner's INBOX itself. */
  readonly inbox: boolean;
}

/** `user`: the sender names mailboxes as the user of the URL sees them, and nothing else; a user may call one `user/jane`. */
export type Naming = 'any' | 'user';

/**
 * Reads the mailbox of a URL; undefined when the URL names none. Three ways of naming are known:
 *
 * 1. The administrator's view (Cyrus 3.x, `imap/mboxname.c`, `mbname_extname`): a name of a user's mailbox begins with
 *    `user` and the separator, then comes the owner. With virtual domains the domain stands at the very end:
 *    `user/john/Sub@example.org`. A site whose user names hold the domain shows it with the owner:
 *    `user/john@example.org/Sub`. With separator `.` a dot within the owner's name is written `^`.
 * 2. The internal name: `example.org!user.john.Sub`, always with `.`.
 * 3. The user's view (Cyrus 2.5): `INBOX`, `Sub`. The owner is the user of the URL.
 *
 * Everything else is shared, but for `user` alone: above the users' mailboxes there is none. timsieved of Cyrus 3.10 ends
 * its URLs there (`imap://host/user;UIDVALIDITY=1`). A `/` never occurs within a Cyrus mailbox's name, so where there is one it separates.
 *
 * Two cases are ambiguous, and decided so:
 * - The end of `user/john/lists@example.org` counts as a domain because it has a dot, that of `user/john/plus@x` does not.
 * - In `user.john@example.org.Sub` the domain ends before the first level that has anything but lower-case letters,
 *   digits and hyphens.
 */
export function mailboxOf(url: ImapUrl, naming: Naming = 'any'): MailboxName | undefined {
  const name = url.mailbox;
  if (name === undefined) return undefined;
  if (naming === 'user') return inUsersView(url, name, false);

  const bang = name.indexOf('!');
  const isInternal = bang > 0 && hostLike.test(name.slice(0, bang));
  const bare = isInternal ? name.slice(bang + 1) : name;
  const domain = isInternal ? name.slice(0, bang) : undefined;
  const [, belowSlash, belowDot] = ofUser.exec(bare) ?? [];
  if (belowSlash !== undefined) return { name, separator: '/', ...ownedBySlash(belowSlash, domain) };
  if (belowDot !== undefined) return { name, separator: '.', ...ownedByDot(belowDot, domain) };

  if (name === 'user' && url.user === undefined) return undefined;
  return inUsersView(url, name, isInternal);
}

function inUsersView({ user }: ImapUrl, name: string, isInternal: boolean): MailboxName {
  const separator = name.includes('/') ? '/' : isInternal || /^inbox\./i.test(name) ? '.' : undefined;
  const inbox = /^inbox$/i.test(name);
  return user === undefined ? { name, separator, inbox } : { name, owner: user, separator, inbox };
}

interface Owned {
  readonly owner: string;
  readonly inbox: boolean;
}

/** What follows `user` and the separator. A name with a slash in it is not separated by dots. */
const ofUser = /^user(?:\/([^/].*)|\.([^./][^/]*))$/s;
const hostLike = /^[0-9A-Za-z.-]+$/;
/** A domain is known by its dot. */
const domainLike = /^[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+$/;
const lowerCaseLabel = /^[0-9a-z-]+$/;

/** `below` is what follows `user/`. */
function ownedBySlash(below: string, domain: string | undefined): Owned {
  const slash = below.indexOf('/');
  const owner = slash < 0 ? below : below.slice(0, slash);
  return { owner: withDomain(owner, domain ?? domainAtEnd(below)), inbox: slash < 0 };
}

/** `below` is what follows `user.`. */
function ownedByDot(below: string, domain: string | undefined): Owned {
  const dot = below.indexOf('.');
  const label = dot < 0 ? below : below.slice(0, dot);
  const at = label.indexOf('@');
  // In `john@example^org` the dots of the domain are written like all dots of a name, so the label is the whole owner.
  if (at < 0 || label.includes('^', at)) {
    return { owner: withDomain(label.replaceAll('^', '.'), domain ?? domainAtEnd(below)), inbox: dot < 0 };
  }
  const labels = below.slice(at + 1).split('.');
  const end = labels.findIndex((candidate) => !lowerCaseLabel.test(candidate));
  const length = end > 0 ? end : labels.length;
  const local = label.slice(0, at).replaceAll('^', '.');
  return { owner: `${local}@${labels.slice(0, length).join('.')}`, inbox: length === labels.length };
}

function withDomain(owner: string, domain: string | undefined): string {
  return domain === undefined || owner.includes('@') ? owner : `${owner}@${domain}`;
}

/** The domain after the last `@`, if that is one. */
function domainAtEnd(below: string): string | undefined {
  const tail = below.slice(below.lastIndexOf('@') + 1);
  return tail.length < below.length && domainLike.test(tail) ? tail : undefined;
}
