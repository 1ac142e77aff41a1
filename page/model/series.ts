/** The lines of a chart, and what they show in words, for those who do not see it. */
import type { History } from '../api/types.ts';
import { plural } from './format.ts';
import { shown } from './printable.ts';

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface ChartData {
  readonly title: string;
  /** Seconds since the epoch. */
  readonly at: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** By powers of ten, so that a slow notifier does not flatten the others. */
  readonly isLogarithmic: boolean;
}

/** A chart with more of them says nothing. */
const mostLines = 6;

export function lineOfNotifiers(
  history: History,
  names: readonly string[],
  what: 'delivered' | 'p99Ms' | 'waiting',
): readonly Line[] {
  const lines = names.flatMap((name) => {
    const found = history.notifiers[name];
    return found === undefined ? [] : [{ name: shown(name, 40), values: found[what] }];
  });
  const highest = ({ values }: Line): number => Math.max(0, ...values.map((value) => value ?? 0));
  if (lines.length <= mostLines) return lines;
  const kept = new Set(lines.toSorted((one, other) => highest(other) - highest(one)).slice(0, mostLines));
  return lines.filter((line) => kept.has(line));
}

/** “crm: now 12, lowest 0, highest 40.” for each line. */
export function inWords({ at, lines, format }: ChartData): string {
  const minutes = at.length < 2 ? 0 : Math.round(((at.at(-1) ?? 0) - (at[0] ?? 0)) / 60);
  const said = lines.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: nothing.`;
    const last = values.at(-1);
    const now = last === null || last === undefined ? 'nothing' : format(last);
    return `${name}: now ${now}, lowest ${format(Math.min(...known))}, highest ${format(Math.max(...known))}.`;
  });
  return `The last ${plural(minutes, 'minute')}. ${said.join(' ')}`;
}

/** The points of a small line without axes, in a box of `width` by `height`. */
export function sparkPoints(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const highest = Math.max(...values, 1e-9);
  const step = width / (values.length - 1);
  const point = (value: number, index: number): string =>
    `${(index * step).toFixed(1)},${(height - 1 - (value / highest) * (height - 2)).toFixed(1)}`;
  return values.map(point).join(' ');
}

/** So few that each can be seen: the mean of each part. */
export function thinned(values: readonly number[], most: number): readonly number[] {
  if (values.length <= most) return values;
  const size = Math.ceil(values.length / most);
  const parts: number[] = [];
  for (let end = values.length; end > 0; end -= size) {
    const part = values.slice(Math.max(0, end - size), end);
    parts.unshift(part.reduce((sum, one) => sum + one, 0) / part.length);
  }
  return parts;
}
