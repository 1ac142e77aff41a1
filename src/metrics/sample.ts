/** The values of metrics at one moment. */
import type { MetricName } from './declarations.ts';
import type { HistogramData } from './histogram.ts';

type Labels = Readonly<Record<string, string>>;

/** Of one metric with these labels. A histogram is divided by `unit`: 1000 for milliseconds that are written as seconds. */
export type Sample =
  | { readonly labels: Labels; readonly value: number }
  | { readonly labels: Labels; readonly histogram: HistogramData; readonly unit?: number };

export type Samples = ReadonlyMap<MetricName, readonly Sample[]>;
