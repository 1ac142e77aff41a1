/** How each notifier stands: what it has received and what has become of it. */
import type { Position } from '../base/request.ts';
import { waitsForSomebody } from '../spool/asked-pause.ts';
import type { ConsumerState, SpoolState } from '../spool/spool.ts';
import { unfinishedOf } from '../spool/tally.ts';
import { type AdminContext, consumersInOrder, isBuiltIn, type Standing, settledBetween } from './context.ts';
import type { NotifierRow } from './protocol.ts';

/** The counters of a consumer as the spool has them at one moment. What is in none of them waits. */
function countsOf(consumer: ConsumerState, last: Position) {
  const { origin, deferred, dead, tally } = consumer;
  return { received: last - origin, ...tally, waiting: unfinishedOf(consumer, last) - deferred, deferred, dead };
}

/** Looks at the counters only, and at one or two entries for each notifier. */
export async function* status(tools: AdminContext): AsyncGenerator<NotifierRow, void, void> {
  const state = await tools.spool.state();
  const standings = tools.standings();
  for (const consumer of await consumersInOrder(tools)) {
    const { inFlight: inProgress, ...standing }: Partial<Standing> = standings.get(consumer.name) ?? {};
    yield {
      kind: 'notifier',
      notifier: consumer.name,
      ...(await withoutLost(tools, consumer, countsOf(consumer, state.last), state.last)),
      ...(await times(tools, consumer, state)),
      ...pauseOf(consumer, tools.now()),
      ...(isBuiltIn(tools, consumer.name) ? { builtIn: true } : {}),
      ...(consumer.receiver === undefined ? {} : { receiver: consumer.receiver }),
      ...standing,
      ...(inProgress === undefined ? {} : { inProgress }),
    };
  }
}

function pauseOf({ pause }: ConsumerState, now: number): Pick<NotifierRow, 'receiverPause'> {
  if (pause === undefined || pause.until <= now) return {};
  const isEndless = waitsForSomebody(pause, now) ? { isEndless: true } : {};
  const by = pause.by === undefined ? {} : { byAdministrator: true };
  return { receiverPause: { until: pause.until, reason: pause.reason, ...isEndless, ...by } };
}

/**
 * What cannot be read counts as damaged once a notifier has come to it. At the end of the spool that may take long, since no
 * other entry follows: so that is looked at here.
 */
async function withoutLost<C extends Pick<NotifierRow, 'waiting' | 'damaged'>>(
  tools: AdminContext,
  { name, cursor }: ConsumerState,
  counts: C,
  last: Position,
): Promise<C> {
  const isLost = async (after: Position): Promise<boolean> => (await tools.spool.read(after, 1)).length === 0;
  if (cursor >= last || !(await isLost(last - 1))) return counts;
  // After `to` nothing can be read; after anything before `from` something can.
  let [from, to] = [cursor, last - 1];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (await isLost(middle)) to = middle;
    else from = middle + 1;
  }
  // What a notifier has passed meanwhile may be gone, because no notifier needs it.
  const now = (await tools.spool.state()).consumers.find((consumer) => consumer.name === name);
  if (now === undefined || now.cursor > to) return counts;
  const { kept, finished } = await settledBetween(tools, name, to, last);
  const lost = Math.min(counts.waiting, last - to - new Set([...kept, ...finished]).size);
  return { ...counts, waiting: counts.waiting - lost, damaged: counts.damaged + lost };
}

async function times(
  { spool, lane, now }: AdminContext,
  { name, cursor, pause }: ConsumerState,
  { last }: SpoolState,
): Promise<Pick<NotifierRow, 'oldestAt' | 'nextAttemptAt'>> {
  const [[deferral], next, unread] = await Promise.all([
    spool.deferred(name, 0, 1),
    spool.nextDue(name),
    spool.read(cursor, 1),
  ]);
  const isEndless = pause !== undefined && waitsForSomebody(pause, now());
  const [waiting] = unread.filter(({ position }) => position <= last);
  const first = waiting !== undefined && lane(name, waiting) !== undefined ? waiting : undefined;
  const oldest = (deferral === undefined ? undefined : await spool.get(deferral.position)) ?? first;
  return {
    ...(oldest === undefined ? {} : { oldestAt: oldest.receivedAt }),
    ...(next === undefined || isEndless ? {} : { nextAttemptAt: Math.max(next, pause?.until ?? 0) }),
  };
}
