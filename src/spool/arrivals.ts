/** Which consumers wait for entries, and up to where there are any. */
import type { Position } from '../base/request.ts';

interface Waiting {
  readonly after: Position;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
}

export class Arrivals {
  readonly #waiting = new Set<Waiting>();
  /** Those that are listened to: it is mostly the same few, for each entry again. */
  readonly #signals = new WeakSet<AbortSignal>();
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

  /** Everything up to `last` is in the spool now. */
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
    if (this.#isOver({ after, signal })) return Promise.resolve();
    if (!this.#signals.has(signal)) {
      this.#signals.add(signal);
      signal.addEventListener('abort', () => this.#wakeAll(), { once: true });
    }
    return new Promise((resolve) => {
      this.#waiting.add({ after, signal, resolve });
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

  /** Whether there is nothing to wait for. */
  #isOver({ after, signal }: Pick<Waiting, 'after' | 'signal'>): boolean {
    return this.#hasCome(after) || signal.aborted || this.#closed;
  }

  #wakeAll(): void {
    for (const waiting of this.#waiting) {
      if (!this.#isOver(waiting)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
