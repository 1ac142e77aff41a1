/** How late it was, at the least, when the process before this one ended. */
import { holdOf } from '../spool/held-lane.ts';
import type { Deferral, Spool } from '../spool/spool.ts';

/** Deferred entries that are looked at. */
const sampled = 64;

/** The time of the latest attempt among the deferred entries, in milliseconds since the epoch; 0 when nothing says so. */
export async function latestAttempt(spool: Pick<Spool, 'due'>, name: string): Promise<number> {
  const found = await spool.due(name, Number.MAX_SAFE_INTEGER, sampled);
  return found.reduce((latest, one) => Math.max(latest, attemptedAt(one)), 0);
}

/** What was never attempted was deferred for now, unless it is held back. */
function attemptedAt({ attempts, dueAt, lane }: Deferral): number {
  return attempts.at(-1)?.at ?? (holdOf(lane) === undefined ? dueAt : 0);
}
