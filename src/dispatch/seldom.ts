/**
 * Notifiers for which hardly any entry is: the built-in ones that no option names, and the one that keeps unusable requests.
 * Each of them passes over every entry. So they do that for many at a time, a moment after the others, and an entry that is
 * for one of them calls it at once: the first notifier that has it examined finds out.
 */
import type { Position } from '../base/request.ts';
import type { Spool } from '../spool/spool.ts';

/** For so long, in milliseconds, an entry waits for others to be passed over with it. */
const passedAfterMs = 100;
/** So many do not wait: what has been found out about them is still remembered (`examine/examiner.ts`). */
const passedAtOnce = 128;

/** How such a notifier is called. */
export class Call {
  #wake: () => void = () => {};

  /** `wake` is called from now on, and nothing that was given before. */
  listen(wake: () => void): void {
    this.#wake = wake;
  }

  call(): void {
    this.#wake();
  }
}

/** Resolves a moment after an entry has come after `after`, sooner when many have, or when `stop` aborts. Rejects as `Spool.arrival` does. */
export async function lateArrival(spool: Pick<Spool, 'arrival'>, after: Position, stop: AbortSignal): Promise<void> {
  await spool.arrival(after, stop);
  if (stop.aborted) return;
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = setTimeout(end, passedAfterMs).unref();
  stop.addEventListener('abort', end);
  try {
    await spool.arrival(after + passedAtOnce - 1, over.signal);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
  }
}
