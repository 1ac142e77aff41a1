/** Makes the spool know the notifiers of a configuration, those that are new, those that stay, those that are gone. */
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import type { Recipient } from '../dispatch/recipient.ts';
import { positionBefore } from '../spool/position-before.ts';
import type { Spool } from '../spool/spool.ts';
import { unfinishedOf } from '../spool/tally.ts';

/**
 * Gives each recipient its cursor, so that the spool keeps for it whatever arrives from now on. A new one begins at the
 * end of the spool, or where its `from` says. All are known then, or none that was not before: what it answers takes the new
 * ones out again.
 */
export async function addNewConsumers(spool: Spool, recipients: readonly Recipient[]): Promise<() => Promise<void>> {
  const { consumers } = await spool.state();
  const known = new Set(consumers.map(({ name }) => name));
  const added: string[] = [];
  const remove = async (): Promise<void> => {
    for (const name of added.splice(0)) await spool.removeConsumer(name);
  };
  try {
    for (const { name, from = 'end' } of recipients) {
      if (known.has(name)) continue;
      if (from === 'end') await spool.consumer(name);
      else await spool.consumer(name, from === 'beginning' ? 0 : await positionBefore(spool, from));
      added.push(name);
    }
  } catch (thrown) {
    // What stays in spite of it is removed at the next start or reload.
    await remove().catch(() => {});
    throw thrown;
  }
  return remove;
}

/**
 * Removes notifiers that are no longer configured, with their queues, which would hold the spool for ever. Never rejects: one that the
 * spool cannot remove now, it removes at the next start or reload.
 */
export async function removeUnconfiguredConsumers(
  spool: Spool,
  recipients: readonly Recipient[],
  log: Logger,
): Promise<void> {
  const wanted = new Set(recipients.map(({ name }) => name));
  try {
    const { consumers, last } = await spool.state();
    for (const consumer of consumers) {
      const { name, dead } = consumer;
      if (wanted.has(name)) continue;
      const fields = { notifier: name, unfinished: unfinishedOf(consumer, last), dead };
      if (fields.unfinished + dead > 0) {
        log.warn(fields, 'dropped the queue of a notifier that is no longer configured');
      } else {
        log.debug(fields, 'a notifier is no longer configured; its queue was empty');
      }
      await spool.removeConsumer(name);
    }
  } catch (thrown) {
    log.error(
      { reason: messageOf(thrown) },
      'cannot remove the queue of an unconfigured notifier; it still occupies spool space, will retry at the next start or reload',
    );
  }
}

/** Says what each consumer has not finished, when the daemon ends. */
export async function logUnfinished(spool: Spool, log: Logger): Promise<void> {
  const { last, consumers } = await spool.state();
  for (const consumer of consumers) {
    const { name, dead } = consumer;
    const unfinished = unfinishedOf(consumer, last);
    if (unfinished + dead === 0) continue;
    log.info({ notifier: name, unfinished, dead }, 'unfinished notifications stay in the spool');
  }
}
