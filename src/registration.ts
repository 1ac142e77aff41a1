/** Makes the spool know the notifiers of a configuration, those that are new, those that stay, those that are gone. */
import type { Logger } from 'pino';
import type { Recipient } from './dispatch/recipient.ts';
import { positionBefore } from './spool/position-before.ts';
import type { Spool } from './spool/spool.ts';

/**
 * Gives each recipient its cursor, so that the log keeps for it whatever arrives from now on. A new one begins at the
 * end of the log, or where its `from` says. One that is no longer configured is forgotten with all it had, because it
 * would hold the log for ever.
 */
export async function registerConsumers(spool: Spool, recipients: readonly Recipient[], log: Logger): Promise<void> {
  const { consumers, last } = await spool.state();
  const wanted = new Set(recipients.map(({ name }) => name));
  for (const { name, cursor, deferred, dead } of consumers) {
    if (wanted.has(name)) continue;
    const fields = { notifier: name, unfinished: last - cursor + deferred, dead };
    log.warn(fields, 'a notifier is no longer configured: what it had in the spool is dropped');
    await spool.forget(name);
  }
  const known = new Set(consumers.map(({ name }) => name));
  for (const { name, from = 'end' } of recipients) {
    if (known.has(name) || from === 'end') await spool.consumer(name);
    else await spool.consumer(name, from === 'beginning' ? 0 : await positionBefore(spool, from));
  }
}
