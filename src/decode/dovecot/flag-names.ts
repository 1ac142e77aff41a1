/** The flags and keywords of a notification, as flagNames of RFC 5423 has them. */
import { quoted } from '../decoded.ts';
import { type Fields, listField } from './fields.ts';

/** RFC 5423 §4.2: these flags have events of their own, which are reported instead of a FlagsSet. */
export const ownEventOf: ReadonlyMap<string, string> = new Map([
  ['\\seen', 'MessageRead'],
  ['\\deleted', 'MessageTrash'],
]);

/**
 * What can stand in a list of flags that spaces separate. IMAP allows less (RFC 9051 §9, `flag-keyword`), but what the
 * server has taken for a keyword is one, and must not cost the event the others.
 */
const flagPattern = /^[^\0- \x7f]+$/;

/** Flags and keywords in one list, as flagNames has them; never `\Recent` (RFC 5423 §4.2). */
export function wellFormed(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => flagPattern.test(name) && name.toLowerCase() !== '\\recent');
}

/** `reported`: what was left out because an event of its own reports it. */
export function flagNames(
  fields: Fields,
  changes: string[],
  ownEvents = false,
): { readonly names: readonly string[]; readonly reported: readonly string[] } {
  const all = [...listField(fields, 'flags'), ...listField(fields, 'keywords')];
  const usable = wellFormed(all);
  const unusable = all.filter((name) => !flagPattern.test(name));
  if (unusable.length > 0) changes.push(`flagNames without ${quoted(unusable.join(' '))}: not a flag`);
  const own = (name: string): string | undefined => (ownEvents ? ownEventOf.get(name.toLowerCase()) : undefined);
  const reported = usable.flatMap((name) =>
    own(name) === undefined ? [] : [`${name} has its own event, ${own(name)}`],
  );
  const names = usable.filter((name) => own(name) === undefined);
  if (names.length > 0) changes.push(...reported.map((words) => `flagNames: ${words}`));
  return { names, reported };
}
