/**
 * The proof that nothing is lost: for each notifier, what it has received is delivered, filtered, coalesced, waiting, deferred,
 * dead, dropped or damaged. Delivered, filtered, coalesced and dropped are the notifier's word; all else is counted in the spool, entry by
 * entry.
 */
import { type AdminContext, deferrals, entries, letters, settledBetween } from './context.ts';
import type { AuditRow } from './protocol.ts';

/** A row for each notifier, which stands still while it is counted. */
export async function* audit(tools: AdminContext): AsyncGenerator<AuditRow, void, void> {
  for (const { name } of (await tools.spool.state()).consumers) {
    yield await tools.pause(name, () => auditOne(tools, name));
  }
}

async function auditOne(tools: AdminContext, name: string): Promise<AuditRow> {
  const { spool } = tools;
  const { last } = await spool.state();
  const { origin, cursor, ahead, deferred, dead, tally } = await spool.consumer(name);
  const faults: string[] = [];
  const fault = (number: number, what: string): void => {
    if (number !== 0) faults.push(`${number} ${what}`);
  };
  let [deferredFound, unreadable] = [0, 0];
  for await (const page of deferrals(tools, name)) {
    deferredFound += page.length;
    const found = await Promise.all(page.map(({ position }) => spool.get(position)));
    unreadable += found.filter((entry) => entry === undefined).length;
  }
  let [deadFound, both] = [0, 0];
  for await (const page of letters(tools, name)) {
    deadFound += page.length;
    for (const { entry } of page) {
      const [deferral] = await spool.deferred(name, entry.position - 1, 1);
      if (deferral?.position === entry.position) both++;
    }
  }
  // After a crash there may be some beyond the cursor that do not wait.
  const { kept, finished } = await settledBetween(tools, name, cursor, last);
  const settled = new Set([...kept, ...finished]);
  let waiting = 0;
  for await (const page of entries(tools, cursor)) {
    waiting += page.filter(({ position }) => position <= last && !settled.has(position)).length;
    if ((page.at(-1)?.position ?? 0) >= last) break;
  }
  fault(both, 'both deferred and dead');
  fault(deferredFound - deferred, 'more deferred than counted');
  fault(Math.max(0, deadFound - dead), 'more dead letters than counted');
  fault(finished.size - ahead, 'more finished after the cursor than counted');
  const counts = {
    ...tally,
    waiting,
    deferred: deferredFound - unreadable,
    dead: deadFound,
    // What the notifier has come upon itself, and what it still has before it: deferred, dead, or beyond the cursor.
    damaged: tally.damaged + unreadable + Math.max(0, dead - deadFound) + (last - cursor - settled.size - waiting),
  };
  const received = last - origin;
  const sum = Object.values(counts).reduce((a, b) => a + b);
  return { kind: 'audit', notifier: name, received, ...counts, difference: received - sum, faults };
}
