/** Finds events by a word: user, mailbox, type of event, notifier, or id. */
import type { EventRow } from '../api/types.ts';

/** Whether an event on the page is meant: each word is in one of its fields. */
export function matches(row: EventRow, search: string): boolean {
  const fields = [
    row.id,
    row.event,
    row.class,
    row.user,
    row.mailbox,
    ...row.notifiers.map(({ notifier }) => notifier),
  ];
  const text = fields.join('\n').toLowerCase();
  return wordsOf(search).every((word) => text.includes(word.toLowerCase()));
}

const wordsOf = (search: string): readonly string[] =>
  search
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');

export const isEntryId = (search: string): boolean => /^[0-9A-Z]{20,32}$/.test(search.trim());

/** Queries that together find what is no longer on the page: the API compares whole names, one field at a time. */
export function queriesOf(search: string): readonly Readonly<Record<string, string>>[] {
  const text = search.trim();
  if (text === '') return [];
  return [{ user: text }, { mailbox: text }, { event: text }];
}

/** All of them once, the newest first. Of two with the same id the first counts. */
export function merged(lists: readonly (readonly EventRow[])[], longest: number): readonly EventRow[] {
  const rows = new Map<string, EventRow>();
  for (const list of lists) for (const row of list) if (!rows.has(row.id)) rows.set(row.id, row);
  return newestFirst([...rows.values()]).slice(0, longest);
}

const newestFirst = (rows: readonly EventRow[]): readonly EventRow[] =>
  rows.toSorted((one, other) => other.receivedAt - one.receivedAt || (one.id < other.id ? 1 : -1));
