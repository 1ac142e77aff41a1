/** How each notifier stands: what it has received and what has become of it. */
import type { Position } from '../request.ts';
import type { ConsumerState, SpoolState } from '../spool/spool.ts';
import { unfinishedOf } from '../spool/unfinished.ts';
import type { NotifierRow } from './protocol.ts';
import type { AdminTools } from './tools.ts';

/** The counters of a consumer as the spool has them at one moment. What is in none of them waits. */
function countsOf(consumer: ConsumerState, last: Position) {
  const { origin, deferred, dead, tally } = consumer;
  return { received: last - origin, ...tally, waiting: unfinishedOf(consumer, last) - deferred, deferred, dead };
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
      ...countsOf(consumer, state.last),
      ...(await times(tools, consumer, state)),
      ...standing,
    };
  }
}

async function times(
  { spool, lane }: AdminTools,
  { name, cursor }: ConsumerState,
  { last }: SpoolState,
): Promise<Pick<NotifierRow, 'oldestAt' | 'nextAttemptAt'>> {
  const [[deferral], next, unread] = await Promise.all([
    spool.deferred(name, 0, 1),
    spool.nextDue(name),
    spool.read(cursor, 1),
  ]);
  const [waiting] = unread.filter(({ position }) => position <= last);
  const told = waiting !== undefined && lane(name, waiting) !== undefined ? waiting : undefined;
  const oldest = (deferral === undefined ? undefined : await spool.get(deferral.position)) ?? told;
  return {
    ...(oldest === undefined ? {} : { oldestAt: oldest.receivedAt }),
    ...(next === undefined ? {} : { nextAttemptAt: next }),
  };
}
