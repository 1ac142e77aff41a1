/** Writes metrics in the text format of Prometheus. Loaded when somebody asks for the first time. */
import { Counter, Gauge, Registry } from 'prom-client';
import { type Declaration, declarations, type MetricName } from './declarations.ts';
import { RecordedHistogram } from './recorded-histogram.ts';
import type { Sample, Samples } from './sample.ts';

export class Exposition {
  readonly #registry = new Registry();
  #samples: Samples = new Map();

  constructor() {
    const names = Object.keys(declarations).filter((name): name is MetricName => name in declarations);
    for (const name of names) this.#register(name, declarations[name]);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of these; what is absent has its help and no value. One at a time. */
  text(samples: Samples): Promise<string> {
    this.#samples = samples;
    return this.#registry.metrics();
  }

  #register(name: MetricName, { type, help, labels = [] }: Declaration): void {
    const samples = (): readonly Sample[] => this.#samples.get(name) ?? [];
    const settings = { name, help, labelNames: labels, registers: [this.#registry] };
    if (type === 'histogram') {
      new RecordedHistogram(settings, samples);
    } else if (type === 'gauge') {
      new Gauge({
        ...settings,
        collect() {
          this.reset();
          for (const sample of samples()) if ('value' in sample) this.set(sample.labels, sample.value);
          // What is not known is not 0.
          if (labels.length === 0 && samples().length === 0) this.remove();
        },
      });
    } else {
      new Counter({
        ...settings,
        collect() {
          this.reset();
          for (const sample of samples()) if ('value' in sample) this.inc(sample.labels, sample.value);
        },
      });
    }
  }
}
