/** A histogram of prom-client that is told of no measurement: it writes what was counted elsewhere. */
import { Histogram, type HistogramConfiguration } from 'prom-client';
import type { Sample } from './sample.ts';

type Written = Awaited<ReturnType<Histogram['get']>>;

export class RecordedHistogram extends Histogram {
  readonly #name: string;
  readonly #samples: () => readonly Sample[];

  constructor(settings: HistogramConfiguration<string>, samples: () => readonly Sample[]) {
    super(settings);
    this.#name = settings.name;
    this.#samples = samples;
  }

  override async get(): Promise<Written> {
    return { ...(await super.get()), values: this.#samples().flatMap((sample) => this.#valuesOf(sample)) };
  }

  /** What the registry asks for in place of `get`, where there is such a thing. */
  getForPromString(): Promise<Written> {
    return this.get();
  }

  #valuesOf(sample: Sample): Written['values'] {
    if (!('histogram' in sample)) return [];
    const { labels, unit = 1 } = sample;
    const { bounds, counts, sum, count } = sample.histogram;
    let upTo = 0;
    const buckets = bounds.map((bound, bucket) => {
      upTo += counts[bucket] ?? 0;
      return { metricName: `${this.#name}_bucket`, labels: { ...labels, le: String(bound / unit) }, value: upTo };
    });
    return [
      ...buckets,
      { metricName: `${this.#name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
      { metricName: `${this.#name}_sum`, labels, value: sum / unit },
      { metricName: `${this.#name}_count`, labels, value: count },
    ];
  }
}
