/** How much is received and delivered per second, from counters that were read a few times. */
import type { History, Status } from '../api/types.ts';

export interface Sample {
  readonly at: number;
  readonly received: number;
  readonly delivered: Readonly<Record<string, number>>;
}

export interface Rates {
  readonly received: number;
  readonly delivered: number;
  readonly notifiers: Readonly<Record<string, number>>;
}

/** Rates are of this time. */
const windowMs = 10_000;

export function sampleOf({ at, received, notifiers }: Status): Sample {
  return {
    at,
    received: received.total,
    delivered: Object.fromEntries(notifiers.map(({ notifier, delivered }) => [notifier, delivered])),
  };
}

/** Those that are still needed. A daemon that has restarted begins anew. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && (last.received > next.received || last.at >= next.at)) return [next];
  return [...samples.filter(({ at }) => at >= next.at - windowMs), next];
}

/** Before there are two samples, the last step of the history. */
export function ratesOf(samples: readonly Sample[], history: History | undefined): Rates | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (first !== undefined && last !== undefined && last.at - first.at >= 1000) {
    const seconds = (last.at - first.at) / 1000;
    const notifiers = Object.fromEntries(
      Object.entries(last.delivered).map(([name, total]) => [
        name,
        Math.max(0, total - (first.delivered[name] ?? total)) / seconds,
      ]),
    );
    const delivered = Object.values(notifiers).reduce((sum, one) => sum + one, 0);
    return { received: (last.received - first.received) / seconds, delivered, notifiers };
  }
  if (history === undefined || history.at.length === 0) return undefined;
  const notifiers = Object.entries(history.notifiers).map(([name, { delivered }]) => [name, delivered.at(-1) ?? 0]);
  return {
    received: history.received.at(-1) ?? 0,
    delivered: history.delivered.at(-1) ?? 0,
    notifiers: Object.fromEntries(notifiers),
  };
}
