/** What one notifier gets: NAME_events, NAME_mailboxes, NAME_users and NAME_classes. */
import type { MailboxName } from '../decode/mailbox.ts';
import { typesNamed } from './groups.ts';
import { compileMailboxPatterns, compileUserPatterns } from './pattern.ts';
import type { ContentLevel } from './reduction.ts';
import type { FilterReason } from './rule.ts';

/** What a notifier's choice is made by. */
export interface Subject {
  /** EVENT, MAIL, SIEVE, IMIP or whatever the sender wrote. */
  readonly class: string;
  /** Type of the event; absent for other classes. */
  readonly event?: string | undefined;
  readonly mailbox?: MailboxName | undefined;
  /** Whom it concerns by its own words: user of the request, `user` or `userId` of the event. Empty when unknown. */
  readonly user: string;
}

/** The options of one notifier; what is undefined or absent chooses everything. */
export interface Choice {
  /** Name of the notifier, the NAME of its options. */
  readonly name: string;
  /** Types of events and names of groups, in any case. */
  readonly events?: readonly string[] | undefined;
  /** Patterns as in {@link compileMailboxPatterns}. */
  readonly mailboxes?: readonly string[] | undefined;
  /** Patterns as in {@link compileUserPatterns}. */
  readonly users?: readonly string[] | undefined;
  readonly classes?: readonly string[] | undefined;
  /** An expression over the event (`when/when.ts`), which is asked after the filters. */
  readonly when?: string | undefined;
  /** How much of an event the notifier gets (`reduction.ts`); undefined: all. */
  readonly content?: ContentLevel | undefined;
}

/** Answers why the notifier does not get a subject; undefined when it does. */
export type Selection = (subject: Subject) => FilterReason | undefined;

/**
 * Compiles the choice of a notifier; a subject must meet every option that is set.
 *
 * - `events` says which events of class EVENT; requests of other classes are chosen by `classes` alone.
 * - `mailboxes` names what is wanted: a subject without a mailbox (Login) does not meet it.
 * - `users` is met by the user that is named and by the owner of the mailbox: MailboxModseq names nobody, and what an
 *   administrator does in John's mailbox concerns John as well. A subject that has neither does not meet it.
 */
export function compileSelection({ name, events, mailboxes, users, classes }: Choice): Selection {
  const tests: { readonly meets: (subject: Subject) => boolean; readonly reason: FilterReason }[] = [];

  if (classes !== undefined) {
    const chosen = new Set(classes.map((word) => word.toUpperCase()));
    tests.push({
      meets: (subject) => chosen.has(subject.class.toUpperCase()),
      reason: { option: `${name}_classes`, detail: `its class is not one of ${listed(classes)}` },
    });
  }
  if (events !== undefined) {
    const chosen = new Set(events.flatMap(typesNamed).map((type) => type.toLowerCase()));
    tests.push({
      meets: ({ event }) => event === undefined || chosen.has(event.toLowerCase()),
      reason: { option: `${name}_events`, detail: `its type is not one of ${listed(events)}` },
    });
  }
  if (mailboxes !== undefined) {
    const matching = compileMailboxPatterns(mailboxes.map((pattern) => ({ pattern, value: pattern })));
    tests.push({
      meets: ({ mailbox }) => mailbox !== undefined && matching(mailbox).length > 0,
      reason: { option: `${name}_mailboxes`, detail: `its mailbox does not match ${listed(mailboxes)}` },
    });
  }
  if (users !== undefined) {
    const isChosen = compileUserPatterns(users);
    const isKnownAndChosen = (user: string | undefined) => user !== undefined && user !== '' && isChosen(user);
    tests.push({
      meets: ({ user, mailbox }) => isKnownAndChosen(user) || isKnownAndChosen(mailbox?.owner),
      reason: { option: `${name}_users`, detail: `neither its user nor its owner matches ${listed(users)}` },
    });
  }

  return (subject) => tests.find(({ meets }) => !meets(subject))?.reason;
}

/** Words of the configuration for a reason, the first of many. */
function listed(words: readonly string[]): string {
  return words.length > 5 ? `${words.slice(0, 5).join(' ')} …` : words.join(' ');
}
