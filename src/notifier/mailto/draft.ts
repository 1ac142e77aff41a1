/** A mail before it is put together: what the two kinds of notifications have in common from there on. */
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';
import type { Parsed } from '../parsed.ts';
import type { Mailbox } from './address.ts';
import type { Nobody } from './recipients.ts';

/** Addresses are valid; all other texts may hold anything. */
export interface Draft {
  readonly from: Mailbox;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo?: string;
  readonly subject: string;
  readonly body: string;
  /** Further headers, by name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The draft; why it can never be one; why it is better not sent, which is no failure; or that nobody is to get it. */
export type Drafted = Parsed<Draft> | { readonly unsent: string } | Nobody;

/** What becomes of a notification of which there is no mail. */
export function outcomeWithout(drafted: Exclude<Drafted, Readonly<Record<'value', unknown>>>): Outcome {
  if ('wrong' in drafted) return { status: 'rejected', reason: printable(drafted.wrong, 500) };
  if ('nobody' in drafted) return { status: 'filtered', ...drafted.nobody };
  return { status: 'delivered', detail: printable(drafted.unsent, 500) };
}

/**
 * The headers by which mail programs show that something is urgent or is not (RFC 5436 §2.4). `priority` is the word that Cyrus
 * makes of `:importance`, or its number (RFC 5435 §3.4); anything else is normal.
 */
export function importanceHeaders(priority: string): ReadonlyMap<string, string> {
  const grade = grades.get(priority.toLowerCase());
  return new Map<string, string>(grade === undefined ? [] : Object.entries(grade));
}

const high = { importance: 'high', 'x-priority': '1' };
const low = { importance: 'low', 'x-priority': '5' };
const grades: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map([
  ['high', high],
  ['1', high],
  ['low', low],
  ['3', low],
]);
