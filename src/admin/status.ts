/** How each notifier stands: what it has received and what has become of it. */
import type { ConsumerState, SpoolState } from '../spool/spool.ts';
import type { NotifierRow } from './protocol.ts';
import { type AdminTools, keptBetween } from './tools.ts';

/** The counters of a consumer as the spool has them; `waiting` is what is behind the cursor and not in its keeping. */
async function countsOf(
  tools: Pick<AdminTools, 'spool'>,
  { name, origin, cursor, deferred, dead, tally }: ConsumerState,
  last: number,
) {
  const kept = await keptBetween(tools, name, cursor, last);
  return { received: last - origin, ...tally, waiting: last - cursor - kept.size, deferred, dead };
}

/** Looks at the counters only, and at one entry for each notifier. */
export async function* status(tools: AdminTools): AsyncGenerator<NotifierRow, void, void> {
  const state = await tools.spool.state();
  const standings = tools.standings();
  for (const consumer of state.consumers) {
    const standing = standings.get(consumer.name);
    yield {
      kind: 'notifier',
      notifier: consumer.name,
      ...(await countsOf(tools, consumer, state.last)),
      ...(await times(tools, consumer, state)),
      ...standing,
    };
  }
}

async function times(
  { spool, lane, isFinished }: AdminTools,
  { name, cursor }: ConsumerState,
  { last }: SpoolState,
): Promise<Pick<NotifierRow, 'oldestAt' | 'nextAttemptAt'>> {
  const [[deferral], next, unread] = await Promise.all([
    spool.deferred(name, 0, 1),
    spool.nextDue(name),
    spool.read(cursor, 1),
  ]);
  const [waiting] = unread.filter((entry) => entry.position <= last && !isFinished(name, entry.position));
  const told = waiting !== undefined && lane(name, waiting) !== undefined ? waiting : undefined;
  const oldest = (deferral === undefined ? undefined : await spool.get(deferral.position)) ?? told;
  return {
    ...(oldest === undefined ? {} : { oldestAt: oldest.receivedAt }),
    ...(next === undefined ? {} : { nextAttemptAt: next }),
  };
}
