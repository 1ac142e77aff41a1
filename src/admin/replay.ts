/** Replay: gives one notifier once more what the spool still keeps. */
import type { Entry, Position } from '../base/request.ts';
import { positionBefore } from '../spool/position-before.ts';
import { type AdminContext, entries, settledBetween } from './context.ts';
import { namesMeant } from './list.ts';
import type { RequestOf } from './protocol.ts';
import { type Changing, dueNow } from './retry-drop.ts';

/**
 * What was received in that time and is finished for the notifier becomes deferred, due now, in its order and under its
 * own ids. Left alone is what still waits, what is deferred already, what is among the dead letters, and what the
 * filters hold back now.
 */
export async function* replay(tools: AdminContext, request: RequestOf<'replay'>): Changing {
  const { notifier, sinceAt, untilAt, events } = request;
  const { spool, about, lane, pause } = tools;
  await namesMeant(tools, notifier);
  const { last } = await spool.state();
  const start = await positionBefore(spool, sinceAt);
  const total = last - start;
  const wanted = events === undefined ? undefined : new Set(events.map((event) => event.toLowerCase()));
  const selects = (entry: Entry): boolean => {
    const { event, class: requestClass } = about(entry);
    return wanted === undefined || wanted.has((event || requestClass).toLowerCase());
  };
  const summary = { changed: 0, inProgress: 0 };
  for await (const page of entries(tools, start)) {
    const inTime = page.filter(({ receivedAt }) => untilAt === undefined || receivedAt <= untilAt);
    const meant = inTime.filter(({ position }) => position <= last).filter(selects);
    const end = inTime.at(-1)?.position ?? 0;
    if (meant.length > 0) summary.changed += await pause(notifier, () => give(meant));
    yield { progress: { done: Math.max(0, Math.min(total, end - start)), total } };
    if (inTime.length < page.length || end >= last) break;
  }
  return summary;

  async function give(meant: readonly Entry[]): Promise<number> {
    const { cursor } = await spool.consumer(notifier);
    const [after, to] = [(meant[0]?.position ?? 1) - 1, meant.at(-1)?.position ?? 0];
    const { kept, finished } = await settledBetween(tools, notifier, after, to);
    const isFinished = (position: Position): boolean =>
      (position <= cursor || finished.has(position)) && !kept.has(position);
    const defer = meant.flatMap((entry) => {
      const key = isFinished(entry.position) ? lane(notifier, entry) : undefined;
      return key === undefined ? [] : [dueNow(entry, key)];
    });
    if (defer.length === 0) return 0;
    await spool.commit(notifier, { defer, replayed: defer.length });
    // The spool may have removed some before they were deferred.
    const gone: Position[] = [];
    for (const { position } of defer) if ((await spool.get(position)) === undefined) gone.push(position);
    if (gone.length > 0) await spool.commit(notifier, { removeDeferred: gone, replayed: -gone.length });
    return defer.length - gone.length;
  }
}
