/**
 * The proof that nothing is lost: for each notifier, what it has received is delivered, filtered, waiting, deferred, dead
 * or dropped. The last three tallies are the notifier's word; all else is counted in the log, entry by entry.
 */
import type { Position } from '../request.ts';
import type { AuditRow } from './protocol.ts';
import { type AdminTools, pageLength, pages } from './tools.ts';

/** A row for each notifier, which stands still while it is counted. */
export async function* audit(tools: AdminTools): AsyncGenerator<AuditRow, void, void> {
  for (const { name } of (await tools.spool.state()).consumers) {
    yield await tools.pause(name, () => auditOne(tools, name));
  }
}

async function auditOne({ spool }: AdminTools, name: string): Promise<AuditRow> {
  const { last } = await spool.state();
  const { origin, cursor, deferred, dead, tally } = await spool.consumer(name);
  const faults: string[] = [];
  const fault = (number: number, what: string): void => {
    if (number !== 0) faults.push(`${number} ${what}`);
  };
  /** Beyond the cursor, so that they do not wait: after a crash there may be some. */
  const ahead = new Set<Position>();
  let [deferredFound, lost] = [0, 0];
  for await (const page of pages(
    (after) => spool.deferred(name, after, pageLength),
    ({ position }) => position,
  )) {
    deferredFound += page.length;
    const entries = await Promise.all(page.map(({ position }) => spool.get(position)));
    lost += entries.filter((entry) => entry === undefined).length;
    for (const { position } of page) if (position > cursor) ahead.add(position);
  }
  let [deadFound, both] = [0, 0];
  for await (const page of pages(
    (after) => spool.dead(name, after, pageLength),
    ({ entry }) => entry.position,
  )) {
    deadFound += page.length;
    for (const { entry } of page) {
      const [deferral] = await spool.deferred(name, entry.position - 1, 1);
      if (deferral?.position === entry.position) both++;
      if (entry.position > cursor) ahead.add(entry.position);
    }
  }
  let waiting = 0;
  for await (const page of pages(
    (after) => spool.read(after, pageLength),
    ({ position }) => position,
    cursor,
  )) {
    waiting += page.filter(({ position }) => position <= last && !ahead.has(position)).length;
    if ((page.at(-1)?.position ?? 0) >= last) break;
  }
  fault(lost, 'deferred whose request is missing');
  fault(both, 'both deferred and dead');
  fault(deferredFound - deferred, 'more deferred than the counter says');
  fault(deadFound - dead, 'more dead than the counter says');
  fault(last - cursor - ahead.size - waiting, 'behind the cursor that cannot be read');
  const counts = { ...tally, waiting, deferred: deferredFound, dead: deadFound };
  const received = last - origin;
  const sum = Object.values(counts).reduce((a, b) => a + b);
  return { kind: 'audit', notifier: name, received, ...counts, difference: received - sum, faults };
}
