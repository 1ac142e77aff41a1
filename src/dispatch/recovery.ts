/**
 * What a process that was killed had done beyond its cursor: entries that it had finished, deferred or made a dead letter, though an
 * earlier one was still under way. They are passed over when the log is read again, so that only what was under way is
 * repeated. Until then nothing that is deferred may go: an earlier entry of its lane can still be unread.
 */
import type { Entry, Position } from '../base/request.ts';
import type { Spool } from '../spool/spool.ts';

const pageLength = 256;

export class Recovery {
  #over = false;
  #allRead = false;

  /** Whether the spool knows nothing of what is still to be read. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Whether everything has been read that stands before what is deferred: or, of a damaged log, all that can be. */
  get mayResume(): boolean {
    return this.#over || this.#allRead;
  }

  /**
   * Positions behind `after`, up to `to`, that the spool knows what became of. `entries` were read there: none at the end
   * of the log.
   */
  async known(
    spool: Spool,
    name: string,
    { after, to, entries }: { readonly after: Position; readonly to: Position; readonly entries: readonly Entry[] },
  ): Promise<ReadonlySet<Position>> {
    const known = new Set<Position>();
    if (this.#over) return known;
    this.#allRead = entries.length === 0;
    const sources = [
      (from: Position) => spool.ahead(name, from, pageLength),
      async (from: Position) => (await spool.deferred(name, from, pageLength)).map(({ position }) => position),
      async (from: Position) => (await spool.dead(name, from, pageLength)).map(({ entry }) => entry.position),
    ];
    for (const source of sources) {
      for (let from = after; from <= to; ) {
        const page = await source(from);
        for (const position of page) known.add(position);
        from = page.at(-1) ?? Number.POSITIVE_INFINITY;
      }
    }
    this.#over = known.size === 0;
    return known;
  }
}
