/** The options that every notifier has, whatever its method. */
import { choice, duration, durations, integer, patterns, rate, startingPoint, text, words } from '../option/kinds.ts';

const dayMs = 86_400_000;

/** How a notifier names its method; the only option that has no common default. */
export const methodOption = {
  method: text({
    description:
      'How this notifier tells: one of the methods below. A notifier that is named like a method needs none.',
    absent: 'the name of the notifier',
    example: 'webhook',
  }),
};

/** What the notifier is told. */
export const selectionOptions = {
  events: words({
    description: 'The events it is told: types of events and groups.',
    absent: 'all',
    example: 'MessageNew flags',
  }),
  mailboxes: patterns({
    description:
      'The mailboxes it is told of: names in which `*` is any text and `%` any text within one level. `INBOX/Sub` means that mailbox of every user. A name with white space stands in double quotes. Names are compared in one form of Unicode (NFC); one in modified UTF-7 (`Entw&APw-rfe`) is taken for what it encodes.',
    absent: 'all',
    example: 'INBOX "user/john/Sent Items"',
  }),
  users: words({
    description: 'The users it is told of; `*` is any text.',
    absent: 'all',
    example: 'john *@example.org',
  }),
  classes: words({
    description: 'The classes of requests it is told: EVENT, MAIL, SIEVE, IMIP.',
    absent: 'all',
    example: 'EVENT',
  }),
};

/** How it is told. */
export const dispatchOptions = {
  concurrency: integer(
    {
      description: 'How many notifications may be under way at the same time. With `order: received` it is one.',
      default: '4',
    },
    { min: 1, max: 256 },
  ),
  order: choice(
    {
      description:
        'What stays in order. `received`: everything, one after the other as it was received, as notifyd did; one attempt at a time, and one that fails holds up all others until it is delivered or given up. `mailbox`: the events of one mailbox; only they wait for one that fails, other mailboxes overtake it, and the order between mailboxes is not kept. `user`: all events of one user. `none`: nothing; every notification goes as soon as there is a free attempt.',
      default: 'mailbox',
    },
    ['received', 'mailbox', 'user', 'none'],
  ),
  retry_schedule: durations(
    {
      description:
        'The waits between the attempts, each spread by some chance; the last one repeats until retry_for is over.',
      default: '5s 30s 2m 10m 30m 1h 2h 4h 8h 12h',
    },
    { min: 1000, max: 7 * dayMs },
  ),
  retry_for: duration(
    {
      description: 'How long after its first attempt a notification is given up and becomes a dead letter.',
      default: '3d',
    },
    { max: 90 * dayMs },
  ),
  retry_after_max: duration(
    {
      description:
        'The longest pause that a receiver may ask for with Retry-After in an answer 429 or 503. Until then nothing is delivered to it; that is no failure, and the time does not count in retry_for. After it one notification at a time is delivered, and more of them as the receiver takes them. `belfry queue retry` ends the pause. 0: such an answer is a failure like any other.',
      default: '24h',
    },
    { max: 14 * dayMs },
  ),
  breaker_failures: integer(
    {
      description:
        'After how many failures in a row the receiver is taken to be away: then nothing is attempted for breaker_pause, and after that one at a time until one succeeds. 0: never.',
      default: '5',
    },
    { max: 10_000 },
  ),
  breaker_pause: duration(
    {
      description:
        'How long the first pause of breaker_failures is; each further one is twice as long, up to 5 minutes.',
      default: '5s',
    },
    { min: 1000, max: 300_000 },
  ),
  from: startingPoint({
    description:
      'Where a notifier begins that the spool does not know yet: `end`, with what arrives from then on; `beginning`, with all that the spool has; or a time.',
    default: 'end',
    example: '2026-11-20T10:00:00Z',
  }),
  rate_limit: rate({
    description: 'How many notifications it is given in a time; what is more waits.',
    absent: 'no limit',
    example: '100/s',
  }),
};

/** Those that may be given for all notifiers at once. */
export const sharedOptions = { ...selectionOptions, ...dispatchOptions };
