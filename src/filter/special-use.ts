/** Which mailboxes are Junk, Sent and the like (RFC 6154), and the rule of event_exclude_specialuse. */
import type { MailboxName } from '../decode/mailbox.ts';
import { eventsOfGroup } from './groups.ts';
import { compileMailboxPatterns } from './pattern.ts';
import type { Rule } from './rule.ts';

/** One statement of the map `special_use`: mailboxes that match the pattern (see pattern.ts) have the attribute. */
export interface SpecialUseEntry {
  readonly pattern: string;
  /** With its backslash: `\Junk`. */
  readonly attribute: string;
}

/**
 * Names that mail clients and servers commonly give to these mailboxes, for both hierarchy separators. As no event says
 * which attribute its mailbox has, this is a guess that the configuration replaces.
 */
export const defaultSpecialUse: readonly SpecialUseEntry[] = [
  { name: 'Junk', attribute: '\\Junk' },
  { name: 'Spam', attribute: '\\Junk' },
  { name: 'Trash', attribute: '\\Trash' },
  { name: 'Sent', attribute: '\\Sent' },
  { name: 'Drafts', attribute: '\\Drafts' },
  { name: 'Archive', attribute: '\\Archive' },
].flatMap(({ name, attribute }) => [
  { pattern: `INBOX/${name}`, attribute },
  { pattern: `INBOX.${name}`, attribute },
]);

/** Knows the special-use attributes of a mailbox, with their backslash; an empty set when it has none. */
export type SpecialUse = (mailbox: MailboxName) => ReadonlySet<string>;

const none: ReadonlySet<string> = new Set();

/** Compiles the map of mailbox patterns to attributes. A mailbox has the attributes of every pattern that it matches. */
export function compileSpecialUse(entries: readonly SpecialUseEntry[]): SpecialUse {
  const attributes = compileMailboxPatterns(entries.map(({ pattern, attribute }) => ({ pattern, value: attribute })));
  return (mailbox) => {
    const found = attributes(mailbox);
    return found.length === 0 ? none : new Set(found);
  };
}

/** The option by which events of such mailboxes are held back. */
export const excludingOption = 'event_exclude_specialuse';
const option = excludingOption;
const quotaEvents: ReadonlySet<string> = new Set(eventsOfGroup.quota);

/**
 * The rule of event_exclude_specialuse; undefined when the list is empty. Every event of a mailbox that has an excluded
 * attribute is held back. The word ALL, which may stand beside attributes, leaves only the INBOX of each user
 * (`mboxevent_enabled_for_mailbox` in Cyrus `imap/mboxevent.c`).
 *
 * - `onNotifysocket`: whether it holds for requests from a notifysocket as well. Cyrus applies the option itself before
 *   it sends, by the real attributes; to guess them by name would lose the events of a mailbox that is merely called Junk.
 * - Words are compared without case (Cyrus does so for ALL only).
 * - The mailbox is that of the `uri`: the target of a copy or move, the new name of a renamed mailbox; as in Cyrus.
 * - Events without a mailbox pass (Login, CalendarAlarm), and so do the quota events, whose `uri` names a quota root.
 * - MailboxCreate and the subscription events are held back too. Cyrus sends them for `\Junk` and its like: a new
 *   mailbox has no attribute yet, and subscriptions are never asked about theirs; the option means neither.
 */
export function compileExcludedSpecialUse(
  excluded: readonly string[],
  attributesOf: SpecialUse,
  onNotifysocket: boolean,
): Rule | undefined {
  if (excluded.length === 0) return undefined;
  const words = new Set(excluded.map((word) => word.toLowerCase()));
  const onlyInbox = words.delete('all');

  return (_event, type, mailbox, origin) => {
    if (origin === 'notifysocket' && !onNotifysocket) return undefined;
    if (mailbox === undefined || quotaEvents.has(type)) return undefined;
    if (onlyInbox && !mailbox.inbox) return { reason: { option, detail: 'ALL: its mailbox is not an INBOX' } };
    if (words.size === 0) return undefined;
    for (const attribute of attributesOf(mailbox)) {
      if (words.has(attribute.toLowerCase())) return { reason: { option, detail: `its mailbox is ${attribute}` } };
    }
    return undefined;
  };
}
