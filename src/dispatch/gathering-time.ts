/** Holds back a call that is not full yet, as long as its notifier wants to wait for more deliveries. */
import type { Notifier } from '../notifier/notifier.ts';

/** What could go now: the lanes, or a run. */
interface Waiting {
  ready(): { readonly count: number; readonly bytes: number };
}

export class GatheringTime {
  readonly #notifier: Pick<Notifier, 'maxBatch' | 'gathering'>;
  /** When the first that could go was seen, in milliseconds since the epoch. */
  #since: number | undefined;
  #until = 0;

  constructor(notifier: Pick<Notifier, 'maxBatch' | 'gathering'>) {
    this.#notifier = notifier;
  }

  /** Whether what could go now is to wait for more. */
  holds(waiting: Waiting, now: number): boolean {
    const { maxBatch, gathering } = this.#notifier;
    if (gathering === undefined || gathering.delayMs === 0) return false;
    const { count, bytes } = waiting.ready();
    if (count === 0) this.#since = undefined;
    else this.#since ??= now;
    this.#until = (this.#since ?? now) + gathering.delayMs;
    return count > 0 && count < maxBatch && bytes < gathering.bytes && now < this.#until;
  }

  /** A call takes so many, or all. What a limit of the rate leaves has waited long enough. */
  took(count: number | 'all'): void {
    if (count === 'all' || count === this.#notifier.maxBatch) this.#since = undefined;
  }

  /** Milliseconds until what waits may go; undefined where nothing waits. */
  waitMs(now: number): number | undefined {
    return this.#since !== undefined && now < this.#until ? this.#until - now : undefined;
  }
}
