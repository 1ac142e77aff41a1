/** How long deliveries and attempts take, by notifier. */
import { Histogram, latencyBoundsMs } from './histogram.ts';

/** All in milliseconds. */
export interface NotifierLatencies {
  /** From the receipt of a request to its delivery. */
  readonly delivery: Histogram;
  /** One call of the notifier, for each notification in it. */
  readonly attempt: Histogram;
}

export class Latencies {
  readonly #notifiers = new Map<string, NotifierLatencies>();

  /** Those of one notifier, to be kept by whoever measures. */
  of(notifier: string): NotifierLatencies {
    const known = this.#notifiers.get(notifier);
    if (known !== undefined) return known;
    const fresh = { delivery: new Histogram(latencyBoundsMs), attempt: new Histogram(latencyBoundsMs) };
    this.#notifiers.set(notifier, fresh);
    return fresh;
  }

  /** One attempt; `deliveredAt`: unless it failed. */
  attempted(
    notifier: string,
    { receivedAt }: { readonly receivedAt: number },
    deliveredAt: number | undefined,
    durationMs: number,
  ): void {
    const { delivery, attempt } = this.of(notifier);
    attempt.observe(durationMs);
    if (deliveredAt !== undefined) delivery.observe(deliveredAt - receivedAt);
  }

  /** Notifications that were received at these times, delivered `at` by one call. All in milliseconds since the epoch. */
  delivered(
    notifier: string,
    notifications: Iterable<{ readonly notification: { readonly receivedAt: number } }>,
    at: number,
    durationMs: number,
  ): void {
    const { delivery, attempt } = this.of(notifier);
    // What was stored together was received at the same time.
    let count = 0;
    let same = 0;
    let all = 0;
    for (const { notification } of notifications) {
      const { receivedAt } = notification;
      if (count > 0 && receivedAt !== same) {
        delivery.observe(at - same, count);
        count = 0;
      }
      same = receivedAt;
      count += 1;
      all += 1;
    }
    if (count > 0) delivery.observe(at - same, count);
    if (all > 0) attempt.observe(durationMs, all);
  }

  all(): ReadonlyMap<string, NotifierLatencies> {
    return this.#notifiers;
  }
}
