/** The options that every notifier has, whatever its method. */
import { contentLevels } from '../filter/reduction.ts';
import type { Method } from '../notifier/notifier.ts';
import { docsOf } from '../option/option.ts';
import {
  choice,
  duration,
  durations,
  expression,
  integer,
  patterns,
  rate,
  startingPoint,
  text,
  words,
} from '../option/types.ts';

const dayMs = 86_400_000;

/** Milliseconds; the most is what a timer can wait. */
const attemptTimeoutBounds = { min: 1000 };

/** How a notifier names its method; the only option that has no common default. */
export const methodOption = {
  method: text({
    description:
      'How this notifier delivers: one of the methods below. A notifier with the name of a method needs no method.',
    absent: 'the name of the notifier',
    example: 'webhook',
  }),
};

/** What the notifier gets. */
export const selectionOptions = {
  events: words({
    description: 'The events to deliver: types of events and groups.',
    absent: 'all',
    example: 'MessageNew flags',
  }),
  mailboxes: patterns({
    description:
      'The mailboxes whose events to deliver: names in which `*` matches any text and `%` any text within one level. `INBOX/Sub` means that mailbox of every user. Put a name with white space into double quotes. belfry compares names in one form of Unicode (NFC), and decodes modified UTF-7 (`Entw&APw-rfe`).',
    absent: 'all',
    example: 'INBOX "user/john/Sent Items"',
  }),
  users: words({
    description: 'The users whose events to deliver; `*` matches any text.',
    absent: 'all',
    example: 'john *@example.org',
  }),
  classes: words({
    description: 'The classes of requests to deliver: EVENT, MAIL, SIEVE, IMIP.',
    absent: 'all',
    example: 'EVENT',
  }),
  when: expression({
    description:
      'Deliver only events for which this expression is true. It is written in CEL and names parameters of the event; docs/selection.md describes them. An event that lacks a parameter which the expression needs is not delivered; ask with `has(event.PARAMETER)`. Requests of other classes are not affected.',
    absent: 'all events',
    prose: true,
    example: 'event.messageSize > 1000000 && !mailbox.endsWith("/Junk")',
  }),
  content: choice(
    {
      description:
        'How much of an event the notifier gets. `full`: everything. `redacted`: no subjects, addresses, snippets or bodies. `thin`: only the type, the time and identifiers, so that the receiver asks the mail server for the rest. docs/selection.md has the list. In both, a parameter that no schema has is removed, and requests of other classes than EVENT have neither message nor options.',
      default: 'full',
    },
    contentLevels,
  ),
};

/** How it gets it. */
export const dispatchOptions = {
  concurrency: integer(
    {
      description: 'How many attempts may be in progress at the same time. With `order: received` it is one.',
      default: '4',
    },
    { min: 1, max: 256 },
  ),
  order: choice(
    {
      description:
        'What must stay in order. `received`: everything, in the order of receipt, as with notifyd; one attempt at a time, and a notification that fails holds back all later ones until it is delivered or given up. `mailbox`: the events of one mailbox; a notification that fails holds back only these, other mailboxes overtake it, and there is no order between mailboxes. `user`: all events of one user. `none`: nothing; each notification starts as soon as an attempt is free.',
      default: 'mailbox',
    },
    ['received', 'mailbox', 'user', 'none'],
  ),
  attempt_timeout: duration(
    {
      description:
        'How long one attempt may take. Then belfry ends it and retries the notification. The section of each method says what the time includes.',
      absent: 'that of the method',
      example: '30s',
    },
    attemptTimeoutBounds,
  ),
  retry_schedule: durations(
    {
      description:
        'The waits between attempts, each with some random variation. The last one repeats until retry_for has passed.',
      default: '5s 30s 2m 10m 30m 1h 2h 4h 8h 12h',
    },
    { min: 1000, max: 7 * dayMs },
  ),
  retry_for: duration(
    {
      description:
        'How long belfry retries a notification, counted from its first attempt. After that the notification becomes a dead letter. Pauses that the receiver asks for do not count.',
      default: '3d',
    },
    { max: 90 * dayMs },
  ),
  retry_after_max: duration(
    {
      description:
        'The longest pause that a receiver can ask for: by Retry-After in an answer 429 or 503, or by 410, whose pause ends with `belfry queue resume` or a reload, whatever this option says. During the pause belfry makes no attempt. The pause is no failure, and does not count towards retry_for. After it, belfry delivers one notification at a time, then more as the receiver accepts them. `belfry queue retry` ends the pause. With 0, such an answer is a failure like any other.',
      default: '24h',
    },
    { max: 14 * dayMs },
  ),
  breaker_failures: integer(
    {
      description:
        'After this many failures in a row the circuit breaker opens: belfry makes no attempt for breaker_pause, and then probes with one notification at a time until one succeeds. 0: never.',
      default: '5',
    },
    { max: 10_000 },
  ),
  breaker_pause: duration(
    {
      description:
        'The length of the first pause of the circuit breaker (breaker_failures). Each further pause is twice as long, up to 5 minutes.',
      default: '5s',
    },
    { min: 1000, max: 300_000 },
  ),
  from: startingPoint({
    description:
      'Where a newly added notifier starts reading: `end`, with requests that arrive from then on; `beginning`, with everything in the spool; or a time.',
    default: 'end',
    example: '2026-11-20T10:00:00Z',
  }),
  throttle: rate({
    description:
      'How many events of one mailbox to deliver in a period, such as `1/1m`. The first go at once. The rest wait until the period is over, and then go as one: the last of them, with the number of events that it stands for. They count as coalesced. What waits is kept in the spool. Only events are held back, and events of different types together. Not with `order: received` or debounce.',
    absent: 'no limit',
    example: '1/1m',
  }),
  throttle_by: choice(
    {
      description: 'What throttle and debounce count together: the events of one mailbox, or all those of one user.',
      default: 'mailbox',
    },
    ['mailbox', 'user'],
  ),
  debounce: duration(
    {
      description:
        'Hold events back until the mailbox has been quiet for so long, or for ten times as long in all, and then deliver them as one: the last of them, with the number of events that it stands for. They count as coalesced. throttle_by says whether that is by mailbox or by user. Not with `order: received` or throttle.',
      absent: 'each at once',
      example: '10s',
    },
    { min: 1000, max: dayMs },
  ),
  unless_read: duration(
    {
      description:
        'Hold a new message (MessageNew, MessageAppend) back for so long. If MessageRead, MessageTrash or MessageExpunge of it comes meanwhile, it is not delivered, and counts as filtered. So a phone stays silent while its owner reads at a desk. The mail server has to report these events, for this notifier or any other. Not with `order: received`.',
      absent: 'each at once',
      example: '30s',
    },
    { min: 1000, max: dayMs },
  ),
  rate_limit: rate({
    description:
      'How many notifications to deliver in a period. After an idle time belfry delivers that many at once, and spreads them evenly afterwards. Further ones wait.',
    absent: 'no limit',
    example: '100/s',
  }),
};

/** Those of dispatch for a notifier of this method. */
export function dispatchOptionsOf({ attemptTimeout: { default: byDefault } }: Method) {
  const { description } = docsOf(dispatchOptions.attempt_timeout);
  return { ...dispatchOptions, attempt_timeout: duration({ description, default: byDefault }, attemptTimeoutBounds) };
}

/** Those that may be given for all notifiers at once. */
export const sharedOptions = { ...selectionOptions, ...dispatchOptions };
