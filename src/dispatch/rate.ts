/** How often a notifier may be called: a bucket that fills steadily and holds one period's worth. */
import type { Rate } from '../option/number-syntax.ts';

export class RateLimit {
  readonly #rate: Rate | undefined;
  #tokens: number;
  #at: number;

  /** Without a rate there is no limit. */
  constructor(rate: Rate | undefined, now: number) {
    this.#rate = rate;
    this.#tokens = rate?.count ?? 0;
    this.#at = now;
  }

  /** How many may go now. */
  available(now: number): number {
    if (this.#rate === undefined) return Number.POSITIVE_INFINITY;
    const { count, perMs } = this.#rate;
    const gained = (Math.max(0, now - this.#at) * count) / perMs;
    this.#tokens = Math.min(count, this.#tokens + gained);
    this.#at = now;
    return Math.floor(this.#tokens);
  }

  spend(number: number): void {
    this.#tokens -= number;
  }

  /** Milliseconds until one may go; 0 when one may go now. */
  waitMs(now: number): number {
    if (this.#rate === undefined || this.available(now) >= 1) return 0;
    return Math.ceil(((1 - this.#tokens) * this.#rate.perMs) / this.#rate.count);
  }
}
