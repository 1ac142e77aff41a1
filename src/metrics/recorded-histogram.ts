/** A histogram of prom-client that is told of no measurement: it writes what was counted elsewhere. */
import { Histogram, type HistogramConfiguration } from 'prom-client';
import type { Sample } from './sample.ts';

interface Written {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class RecordedHistogram extends Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #samples: () => readonly Sample[];

  constructor(settings: HistogramConfiguration<string>, samples: () => readonly Sample[]) {
    super(settings);
    this.#name = settings.name;
    this.#help = settings.help;
    this.#samples = samples;
  }

  /** What the registry asks for, and `get` as well. */
  async getForPromString() {
    const values = this.#samples().flatMap((sample) => this.#valuesOf(sample));
    return { name: this.#name, help: this.#help, type: 'histogram', values };
  }

  #valuesOf(sample: Sample): readonly Written[] {
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
