/** Writes what happens to entries into the log and the counts, under the field names that all lines share. */
import type { Logger } from 'pino';
import type { About, Entry } from '../base/request.ts';
import { rateLimited } from '../log/rate-limited.ts';
import type { Latencies } from '../metrics/latencies.ts';
import { type Discarded, unusableConsumer } from '../spool/spool.ts';
import type { Observer } from './consumer-parts.ts';
import type { Counts } from './count.ts';
import type { Item } from './lane.ts';
import type { LastFailures } from './last-failures.ts';

interface ObserverParts {
  readonly log: Logger;
  readonly counts: Counts;
  /** Default: not measured. */
  readonly latencies?: Latencies;
  readonly failures?: LastFailures;
  readonly now: () => number;
  /** Whether a delivery may have a line of level info; default true. */
  readonly deliveries?: boolean;
  /** What an entry is about, for those that have no notification. */
  readonly about?: (entry: Entry) => About | undefined;
}

/** Lines about the same notifier's failures in a period; a receiver that is away must not fill the disk. */
const failureLimit = { lines: 20, periodMs: 10_000 };
/** A pause that is worth a line each time it is asked for. */
const longPauseMs = 60_000;
/** How much of a request that was set aside the log shows. */
const shownBytes = 120;

/**
 * Successes are `info` where a notifier makes one attempt at a time, because an administrator wants to know that a mail
 * went out, and `debug` where it takes batches (log, null), which leave a line of their own or want none, or without `deliveries`.
 */
export function logObserver(parts: ObserverParts): Observer {
  const { log, counts, latencies, failures, now, about: aboutEntry, deliveries = true } = parts;
  const limits = new Map<string, ReturnType<typeof rateLimited>>();
  const limitUnusable = rateLimited({ ...failureLimit, now });
  const limit = (recipient: string): ReturnType<typeof rateLimited> => {
    const known = limits.get(recipient) ?? rateLimited({ ...failureLimit, now });
    limits.set(recipient, known);
    return known;
  };
  // An object of each attempt does not begin with a spread: V8 (up to that of Node 20 at least) gives each object that
  // is begun so and then gets a further property a hidden class of its own, which costs more than the object.
  const about = (
    notifier: string,
    { notification, attempts }: Pick<Item, 'notification' | 'attempts'>,
    fields: object,
  ): object => ({
    id: notification.id,
    ...(notification.event === undefined ? {} : { event: notification.event }),
    class: notification.class,
    user: notification.user,
    mailbox: notification.mailbox,
    notifier,
    attempt: attempts.length + 1,
    ...fields,
  });
  const more = (suppressed: number): object => (suppressed > 0 ? { suppressed } : {});

  return {
    attempted(recipient, item, outcome, durationMs, quiet) {
      counts.add(outcome.status, recipient);
      latencies?.attempted(
        recipient,
        item.notification,
        outcome.status === 'delivered' ? now() : undefined,
        durationMs,
      );
      if (outcome.status === 'delivered') {
        const level = quiet || !deliveries ? 'debug' : 'info';
        if (!log.isLevelEnabled(level)) return;
        const detail = outcome.detail === undefined ? {} : { detail: outcome.detail };
        log[level](about(recipient, item, { outcome: outcome.status, ...detail, durationMs }), 'delivered');
      } else if (outcome.status === 'retry') {
        failures?.note(recipient, now(), outcome.reason);
        limit(recipient)((suppressed) => {
          const fields = { outcome: outcome.status, reason: outcome.reason, durationMs, ...more(suppressed) };
          log.warn(about(recipient, item, fields), 'attempt failed; will retry');
        });
      }
    },
    delivered(recipient, deliveries, answers, durationMs) {
      counts.add('delivered', recipient, '', deliveries.length);
      latencies?.delivered(recipient, deliveries, now(), durationMs);
      if (!log.isLevelEnabled('debug')) return;
      for (const [i, { notification }] of deliveries.entries()) {
        const detail = answers[i] === undefined ? {} : { detail: answers[i] };
        const fields = { outcome: 'delivered', ...detail, durationMs };
        log.debug(about(recipient, { notification, attempts: [] }, fields), 'delivered');
      }
    },
    filtered(recipient, entry, option, detail) {
      if (recipient === unusableConsumer) return;
      counts.add('filtered', recipient, option);
      if (log.isLevelEnabled('debug')) {
        const fields = { notifier: recipient, outcome: 'filtered', option, reason: detail };
        log.debug({ id: entry.id, ...subject(entry, aboutEntry), ...fields }, 'filtered');
      }
    },
    filteredWhileHeld(recipient, id, { option, detail }) {
      counts.add('filtered', recipient, option);
      if (!log.isLevelEnabled('debug')) return;
      log.debug({ id, notifier: recipient, outcome: 'filtered', option, reason: detail }, 'filtered');
    },
    coalesced(recipient, entry, count) {
      counts.add('coalesced', recipient, '', count - 1);
      if (!log.isLevelEnabled('debug')) return;
      const fields = { notifier: recipient, outcome: 'coalesced', count };
      log.debug(
        { id: entry.id, ...subject(entry, aboutEntry), ...fields },
        'coalesced earlier notifications into this one',
      );
    },
    breaker(recipient, state, pauseMs, reason) {
      if (state === 'open') {
        log.warn(
          { notifier: recipient, reason, pauseMs },
          'circuit breaker opened: pausing deliveries, then probing with one notification at a time',
        );
      } else {
        log.info({ notifier: recipient }, 'circuit breaker closed: the receiver accepts notifications again');
      }
    },
    throttled(recipient, pauseMs, reason, more) {
      counts.add('throttled', recipient);
      // A receiver of one a second asks for one a second: said once, and when it means it for long.
      const level = more && pauseMs < longPauseMs ? 'debug' : 'warn';
      log[level](
        { notifier: recipient, reason, pauseMs },
        'the receiver requested a pause (Retry-After); no attempts until it ends',
      );
    },
    recovered(recipient) {
      log.info({ notifier: recipient }, 'the receiver accepts the usual rate again');
    },
    discarded: logDiscarded(parts),
    becameDead(recipient, item, reason) {
      failures?.note(recipient, now(), reason);
      counts.add('dead', recipient);
      limit(recipient)((suppressed) => {
        const fields = { outcome: 'dead', reason, ...more(suppressed) };
        log.error(about(recipient, item, fields), 'gave up; the notification is now a dead letter');
      });
    },
    unusable(recipient, letter) {
      const { entry } = letter;
      counts.add('dead', recipient);
      if (recipient !== unusableConsumer) {
        limit(recipient)((suppressed) => {
          const fields = { outcome: 'dead', reason: letter.reason, ...more(suppressed) };
          log.error(
            { id: entry.id, ...subject(entry, aboutEntry), notifier: recipient, ...fields },
            'gave up; the notification is now a dead letter',
          );
        });
        return;
      }
      limitUnusable((suppressed) => {
        const { bytes: all } = entry.request;
        const bytes = Buffer.from(all.subarray(0, shownBytes)).toString('latin1');
        const said = { outcome: 'unusable', reason: letter.reason, bytes, size: all.byteLength };
        const fields = { ...said, ...more(suppressed) };
        log.warn({ id: entry.id, ...subject(entry, aboutEntry), ...fields }, 'unusable request; kept as a dead letter');
      });
    },
  };
}

/** The fields that say what a line is about. */
function subject(entry: Entry, about: ObserverParts['about']): object {
  const { event, ...others } = about?.(entry) ?? {};
  return { ...(event ? { event } : {}), ...others };
}

/** Counts and logs dead letters that were discarded for want of room: each of a notifier, the number of unusable requests. */
export function logDiscarded({ log, counts, now, about }: ObserverParts): (discarded: Discarded) => void {
  const limit = rateLimited({ ...failureLimit, now });
  const limitUnusable = rateLimited({ ...failureLimit, lines: 1, now });
  let unsaid = 0;
  return ({ consumer, count, letters }) => {
    counts.add('shed', consumer, '', count);
    const [oldest] = letters;
    if (consumer === unusableConsumer) {
      unsaid += count;
      limitUnusable(() => {
        const reason = oldest === undefined ? {} : { id: oldest.entry.id, reason: oldest.reason };
        log.warn(
          { notifier: consumer, discarded: unsaid, ...reason },
          'discarded unusable requests: their share of spool_max_size is full',
        );
        unsaid = 0;
      });
      return;
    }
    for (const { entry, reason } of letters) {
      limit((suppressed) => {
        const subjectOf = subject(entry, about);
        const fields = {
          id: entry.id,
          ...subjectOf,
          notifier: consumer,
          reason,
          ...(suppressed > 0 ? { suppressed } : {}),
        };
        log.error(fields, 'discarded the oldest dead letter: the share of dead letters in spool_max_size is full');
      });
    }
  };
}
