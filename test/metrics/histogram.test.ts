/** Histograms count what they are told, and quantiles lie where the measurements do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram, latencyBoundsMs, quantile, quantilesOf, since, together } from '../../src/metrics/histogram.ts';

const value = fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(...latencyBoundsMs));
const values = fc.array(fc.record({ value, times: fc.integer({ min: 1, max: 50 }) }), { minLength: 1, maxLength: 60 });

function histogramOf(measured: readonly { readonly value: number; readonly times: number }[]): Histogram {
  const histogram = new Histogram(latencyBoundsMs);
  for (const one of measured) histogram.observe(one.value, one.times);
  return histogram;
}

describe('a histogram', () => {
  it('counts each value once in the first bucket that it fits into', () => {
    fc.assert(
      fc.property(values, (measured) => {
        const { counts, count, sum, bounds } = histogramOf(measured).data();
        const all = measured.flatMap((one) => new Array<number>(one.times).fill(one.value));
        expect(count).toBe(all.length);
        expect(sum).toBeCloseTo(
          all.reduce((total, one) => total + one, 0),
          -1,
        );
        let upTo = 0;
        for (const [bucket, bound] of bounds.entries()) {
          upTo += counts[bucket] ?? 0;
          expect(upTo).toBe(all.filter((one) => one <= bound).length);
        }
        expect(upTo + (counts.at(-1) ?? 0)).toBe(count);
      }),
    );
  });

  it('has its bounds from a millisecond to seven days, rising', () => {
    expect([latencyBoundsMs[0], latencyBoundsMs.at(-1)]).toEqual([1, 7 * 86_400_000]);
    expect([...latencyBoundsMs].sort((a, b) => a - b)).toEqual(latencyBoundsMs);
  });

  it('takes what a clock makes negative for no time at all', () => {
    const histogram = new Histogram(latencyBoundsMs);
    histogram.observe(-5);
    expect(histogram.data()).toMatchObject({ sum: 0, count: 1 });
  });
});

describe('a quantile', () => {
  it('is in the bucket of the value that it stands for', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (measured, share) => {
        const data = histogramOf(measured).data();
        const all = measured.flatMap((one) => new Array<number>(one.times).fill(one.value)).sort((a, b) => a - b);
        const exact = all[Math.max(0, Math.ceil(share * all.length - 1e-9) - 1)] ?? 0;
        const bucket = latencyBoundsMs.findIndex((bound) => exact <= bound);
        const found = quantile(data, share) ?? Number.NaN;
        const [from, to] =
          bucket < 0
            ? [latencyBoundsMs.at(-1) ?? 0, latencyBoundsMs.at(-1) ?? 0]
            : [latencyBoundsMs[bucket - 1] ?? 0, latencyBoundsMs[bucket] ?? 0];
        expect(found).toBeGreaterThanOrEqual(from);
        expect(found).toBeLessThanOrEqual(to);
      }),
    );
  });

  it('does not fall as the share rises', () => {
    fc.assert(
      fc.property(values, (measured) => {
        const { p50Ms, p99Ms } = quantilesOf(histogramOf(measured).data()) ?? { p50Ms: 1, p99Ms: 0 };
        expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
      }),
    );
  });

  it('of nothing is none', () => {
    expect(quantile(new Histogram(latencyBoundsMs).data(), 0.5)).toBeUndefined();
    expect(quantilesOf(new Histogram(latencyBoundsMs).data())).toBeUndefined();
  });
});

describe('two states of a histogram', () => {
  it('differ by what came between, and together hold both', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const histogram = histogramOf(first);
        const before = histogram.data();
        for (const one of second) histogram.observe(one.value, one.times);
        const [between, alone] = [since(before, histogram.data()), histogramOf(second).data()];
        expect([...between.counts]).toEqual([...alone.counts]);
        expect(between.count).toBe(alone.count);
        const both = together([before, alone]);
        expect([...(both?.counts ?? [])]).toEqual([...histogram.data().counts]);
      }),
    );
    expect(together([])).toBeUndefined();
  });
});
