/** The levels of a mailbox's name as its owner sees them, for receivers that should not have to know how servers name mailboxes. */
import type { MailboxName, Naming } from './mailbox.ts';

/**
 * The levels of the hierarchy, from the top: `user/john/Work/2026@example.org` is `Work`, `2026`. An INBOX that is named by its
 * owner alone (`user/john`) is `INBOX`. Where the name does not show its separator, the whole name is one level.
 *
 * `naming` must be what `mailboxOf` was given: in the user's own view nothing is taken off.
 */
export function pathOf({ name, owner, separator, inbox }: MailboxName, naming: Naming = 'any'): readonly string[] {
  if (inbox) return ['INBOX'];
  if (separator === undefined) return [name];
  if (naming === 'user') return name.split(separator);
  const bare = withoutInternalDomain(name, separator);
  if (owner === undefined || !bare.startsWith(`user${separator}`)) return bare.split(separator);
  const levels = bare.slice(`user${separator}`.length).split(separator);
  const [first = ''] = levels;
  const domain = owner.includes('@') ? owner.slice(owner.lastIndexOf('@') + 1) : '';
  const domainIsFirst = first.includes('@');
  // `user.john@example.org.Sub`: the dots of the domain are separators, unless they are written `^`.
  const ownLevels = separator === '.' && domainIsFirst && !first.includes('^') ? domain.split('.').length : 1;
  const below = levels.slice(ownLevels).join(separator);
  const ending = `@${domain}`;
  const atEnd = domain !== '' && !domainIsFirst && below.endsWith(ending);
  return (atEnd ? below.slice(0, -ending.length) : below).split(separator);
}

/** The internal name of Cyrus has the domain before a `!`, and always dots. */
function withoutInternalDomain(name: string, separator: '/' | '.'): string {
  const bang = name.indexOf('!');
  return separator === '.' && bang > 0 && /^[0-9A-Za-z.-]+$/.test(name.slice(0, bang)) ? name.slice(bang + 1) : name;
}
