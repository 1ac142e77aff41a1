/** Patterns of mailboxes and users, as an administrator writes them in the configuration. */
import type { MailboxName } from '../decode/mailbox.ts';
import { fromModifiedUtf7 } from '../decode/modified-utf7.ts';
import { inboxLength, ownersViews, spellInbox } from './user-namespace.ts';
import { compileWildcards, type WildcardMatcher } from './wildcard.ts';

/** What stands in the configuration against a pattern. */
export interface PatternEntry<T> {
  readonly pattern: string;
  readonly value: T;
}

/**
 * Compiles patterns of mailboxes with the wildcards of IMAP LIST (RFC 9051 §6.3.9): `*` is any text, `%` any text
 * within one level of the hierarchy; when the separator of the mailbox is not known, both `/` and `.` end a level. The
 * first level INBOX is compared without case, all else with case. The answer is the values of the patterns that match.
 *
 * A pattern may describe a mailbox in two ways: as the administrator sees it and as it stands in the event
 * (`user/john/Sub`), or as its owner sees it, `INBOX` and `INBOX/Sub`, which fits the mailboxes of every user.
 *
 * A pattern in modified UTF-7 is taken for the name that it encodes (`inUnicode`), and all are compared in NFC: macOS and
 * others write `ü` as two characters.
 */
export function compileMailboxPatterns<T>(entries: readonly PatternEntry<T>[]): (mailbox: MailboxName) => readonly T[] {
  const exact = new Map<string, T[]>();
  const wild: { readonly matches: WildcardMatcher; readonly value: T }[] = [];
  for (const { pattern: written, value } of entries) {
    const pattern = composed(inUnicode(written) ?? written);
    if (/[*%]/.test(pattern)) {
      wild.push({ matches: compileWildcards(pattern, true), value });
    } else {
      // Whether a dot after INBOX separates is only known of a mailbox.
      for (const name of new Set([pattern, spellInbox(pattern, undefined)])) {
        exact.set(name, [...(exact.get(name) ?? []), value]);
      }
    }
  }

  return (mailbox) => {
    const { separator } = mailbox;
    const names = [spellInbox(mailbox.name, separator), ...ownersViews(mailbox)].map(composed);
    const found: T[] = [];
    for (const name of names) found.push(...(exact.get(name) ?? []));
    for (const { matches, value } of wild) {
      if (names.some((name) => matches(name, separator, inboxLength(name, separator)))) found.push(value);
    }
    return found;
  };
}

/** What a pattern in modified UTF-7 means; undefined when it is not written so. */
export const inUnicode: (pattern: string) => string | undefined = fromModifiedUtf7;

/** In NFC, the form in which what looks alike is alike (RFC 5198 §3). */
function composed(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : text.normalize('NFC');
}

/**
 * Compiles patterns of users: a whole name, or with `*` for any text (`*@example.org`). Compared without case, because
 * mail servers fold the names of users by default (Cyrus `username_tolower`).
 */
export function compileUserPatterns(patterns: readonly string[]): (user: string) => boolean {
  const exact = new Set<string>();
  const wild: WildcardMatcher[] = [];
  for (const pattern of patterns.map((written) => composed(written).toLowerCase())) {
    if (pattern.includes('*')) wild.push(compileWildcards(pattern, false));
    else exact.add(pattern);
  }
  return (user) => {
    const name = composed(user).toLowerCase();
    return exact.has(name) || wild.some((matches) => matches(name, undefined, 0));
  };
}
