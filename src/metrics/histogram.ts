/** Counts measurements in buckets that never change, so that one more costs an addition and no object. */

/** What a histogram holds, as it passes between threads. */
export interface HistogramData {
  /** Upper ends of the buckets, each included, rising. */
  readonly bounds: readonly number[];
  /** How many measurements are in each bucket; the last is for what is beyond all bounds. */
  readonly counts: Float64Array;
  readonly sum: number;
  readonly count: number;
}

/** From a millisecond to seven days. */
export const latencyBoundsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 30].map((seconds) => 1000 * seconds),
  ...[1, 5, 15].map((minutes) => 60_000 * minutes),
  ...[1, 6, 24, 72, 168].map((hours) => 3_600_000 * hours),
];

/** Requests that are stored by one call. */
export const batchBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export class Histogram {
  readonly bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Adds a measurement, or as many of the same value. One below 0, as of a clock that was set, counts as 0. */
  observe(value: number, times = 1): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
    if (value > 0) this.#sum += value * times;
    this.#count += times;
  }

  /** A copy. */
  data(): HistogramData {
    return { bounds: this.bounds, counts: this.#counts.slice(), sum: this.#sum, count: this.#count };
  }
}

/** What came between two states of the same histogram; all of `later` where there is none before. */
export function since(earlier: HistogramData | undefined, later: HistogramData): HistogramData {
  if (earlier === undefined) return later;
  const counts = later.counts.map((count, bucket) => count - (earlier.counts[bucket] ?? 0));
  return { bounds: later.bounds, counts, sum: later.sum - earlier.sum, count: later.count - earlier.count };
}

/** What all of them hold; they must have the same bounds. Undefined of none. */
export function together(all: readonly HistogramData[]): HistogramData | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, one) => ({
      bounds: sum.bounds,
      counts: sum.counts.map((count, bucket) => count + (one.counts[bucket] ?? 0)),
      sum: sum.sum + one.sum,
      count: sum.count + one.count,
    }),
    first,
  );
}

/**
 * Below which a share (0 to 1) of the measurements lie, as far as the buckets say: within its bucket a measurement may be
 * anywhere. What is beyond all bounds counts as the last of them. Undefined when there are none.
 */
export function quantile({ bounds, counts, count }: HistogramData, share: number): number | undefined {
  if (count <= 0) return undefined;
  const rank = share * count;
  let below = 0;
  for (const [bucket, inIt] of counts.entries()) {
    if (inIt > 0 && below + inIt >= rank) {
      const from = bounds[bucket - 1] ?? 0;
      const to = bounds[bucket] ?? from;
      return from + ((to - from) * Math.max(0, rank - below)) / inIt;
    }
    below += inIt;
  }
  return bounds.at(-1);
}

/** The two that people ask for. */
export interface Quantiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function quantilesOf(data: HistogramData): Quantiles | undefined {
  const [p50Ms, p99Ms] = [quantile(data, 0.5), quantile(data, 0.99)];
  return p50Ms === undefined || p99Ms === undefined ? undefined : { p50Ms, p99Ms };
}
