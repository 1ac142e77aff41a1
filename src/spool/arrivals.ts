/** Which consumers wait for entries, and up to where there are any. */
import type { Position } from '../base/request.ts';

export class Arrivals {
  readonly #waiting = new Set<() => void>();
  #last: Position;
  /** A reading has found nothing after `from` up to `to`, though positions were taken: what was there is damaged. */
  #barren = { from: 0, to: 0 };
  #closed = false;

  constructor(last: Position) {
    this.#last = last;
  }

  /** Position of the newest entry. */
  get last(): Position {
    return this.#last;
  }

  /** Everything up to `last` is in the log now. */
  come(last: Position): void {
    if (last <= this.#last) return;
    this.#last = last;
    this.#wakeAll();
  }

  /** Nothing can be read after `from` up to `to`: a consumer that waits there is not woken for it, or it would try for ever. */
  barren(from: Position, to: Position): void {
    const { from: oldFrom, to: oldTo } = this.#barren;
    const apart = from > oldTo || to < oldFrom;
    this.#barren = apart ? { from, to } : { from: Math.min(from, oldFrom), to: Math.max(to, oldTo) };
  }

  /** See `Spool.unreadable`. */
  unreadable(after: Position): Position {
    const { from, to } = this.#barren;
    return after >= from ? Math.max(after, to) : after;
  }

  /** See `Spool.arrival`. */
  wait(after: Position, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!this.#hasCome(after) && !signal.aborted && !this.#closed) return;
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
      wake();
    });
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#closed = true;
    this.#wakeAll();
  }

  #hasCome(after: Position): boolean {
    return this.#last > this.unreadable(after);
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }
}
