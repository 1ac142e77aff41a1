/**
 * What a process that was killed had done beyond its cursor: entries that it had deferred or buried, though an earlier
 * one was still under way. They are passed over when the log is read again; what it had delivered there is repeated.
 * Until then nothing that is deferred may go: an earlier entry of its lane can still be unread.
 */
import type { Position } from '../request.ts';
import type { Spool } from '../spool/spool.ts';

export class Recovery {
  #over = false;
  #allRead = false;

  /** Whether everything has been read that stands before what is deferred: or, of a damaged log, all that can be. */
  get mayResume(): boolean {
    return this.#over || this.#allRead;
  }

  /** Positions among the next `limit` behind `readTo` that are in the spool's keeping already; `found` were read there. */
  async known(
    spool: Spool,
    name: string,
    readTo: Position,
    limit: number,
    found: number,
  ): Promise<ReadonlySet<Position>> {
    if (this.#over) return new Set();
    this.#allRead = found === 0;
    const deferred = await spool.deferred(name, readTo, limit);
    const dead = await spool.dead(name, readTo, limit);
    this.#over = deferred.length + dead.length === 0;
    return new Set([...deferred.map(({ position }) => position), ...dead.map(({ entry }) => entry.position)]);
  }
}
