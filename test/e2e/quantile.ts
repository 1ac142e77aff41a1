/** Figures of many measurements. */

export function quantile(list: readonly number[], part: number): number {
  const sorted = list.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

export const round = (ms: number): number => Math.round(ms * 10) / 10;
