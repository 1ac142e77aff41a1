/**
 * What a process that was killed had done beyond its cursor: entries that it had deferred or buried, though an earlier
 * one was still under way. They are passed over when the log is read again; what it had delivered there is repeated.
 */
import type { Position } from '../request.ts';
import type { Spool } from '../spool/spool.ts';

export class Recovery {
  #over = false;

  /** Positions among the next `limit` behind `readTo` that are in the spool's keeping already. */
  async known(spool: Spool, name: string, readTo: Position, limit: number): Promise<ReadonlySet<Position>> {
    if (this.#over) return new Set();
    const deferred = await spool.deferred(name, readTo, limit);
    const dead = await spool.dead(name, readTo, limit);
    this.#over = deferred.length + dead.length === 0;
    return new Set([...deferred.map(({ position }) => position), ...dead.map(({ entry }) => entry.position)]);
  }
}
