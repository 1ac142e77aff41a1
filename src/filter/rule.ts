/** What the rules of the filter have in common: how one is called and what it may answer. */

import type { MailEvent } from '../base/event.ts';
import type { MailboxName } from '../decode/mailbox.ts';

/** Why something was held back: the option that did it, and the words for a person. */
export interface FilterReason {
  /** `event_groups`, `event_exclude_flags`, `NAME_events`, …: also the label of the count. */
  readonly option: string;
  /** One line, in which text from outside is quoted. */
  readonly detail: string;
}

/** What a filter changed in an event that goes on. */
export interface FilterChange {
  readonly option: string;
  readonly detail: string;
}

/** What one rule makes of an event; undefined leaves it as it is. */
export type RuleOutcome =
  | undefined
  | { readonly reason: FilterReason }
  | { readonly event: MailEvent; readonly change: FilterChange };

/** Where an event comes from: a mail server's notifysocket, datagrams or stream, or HTTP. */
export type Origin = 'notifysocket' | 'http';

/**
 * One rule, compiled from its option. `type` is the type of the event as RFC 5423 and Cyrus spell it, whatever the
 * sender wrote; `mailbox` is the one that the event's `uri` names; `origin` where it comes from. An event that needs no change must not be copied.
 */
export type Rule = (event: MailEvent, type: string, mailbox: MailboxName | undefined, origin: Origin) => RuleOutcome;

/** A copy of the event without these parameters, the others in their order. */
export function withoutParameters(event: MailEvent, names: readonly string[]): MailEvent {
  // Entries become own properties whatever their key, so that a parameter called `__proto__` stays a parameter.
  const kept = Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name)));
  return Object.assign(kept, { event: event.event });
}
