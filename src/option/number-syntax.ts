/** How numbers, durations, sizes and file modes are written in the configuration: the syntax of Cyrus `lib/libconfig.c`. */

import { longestTimerMs } from '../base/limits.ts';

/** The value, or what is wrong and what would be right. */
export type Parsed<T> = { readonly value: T } | { readonly wrong: string };

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The number that C's strtol(3) reads with base 0: `10`, `0x1F`, `010` (octal). All of the text must be the number. */
export function parseInteger(written: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds): Parsed<number> {
  const match = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))$/.exec(written);
  if (!match) return { wrong: `"${written}" is not an integer: write digits, like 4` };
  const [, sign, hexadecimal, octal, decimal] = match;
  let magnitude = Number(decimal);
  if (hexadecimal !== undefined) magnitude = Number.parseInt(hexadecimal, 16);
  else if (octal !== undefined) magnitude = Number.parseInt(octal, 8);
  // Adding 0 makes 0 of -0.
  const value = (sign === '-' ? -magnitude : magnitude) + 0;
  if (value < min || value > max) return { wrong: `${written} is outside ${min} to ${max}` };
  return { value };
}

/** Those of Cyrus, and others that people write; the longer spelling of two comes first where one begins like the other. */
const unitMs: Readonly<Record<string, number>> = {
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  min: 60_000,
  ms: 1,
  m: 60_000,
  sec: 1000,
  s: 1000,
};
const unit = Object.keys(unitMs).join('|');
/** Of Cyrus; with them a duration is written out. */
const writtenUnits = ['d', 'h', 'm', 's'] as const;
const wholeDuration = new RegExp(`^(?:[0-9]+(?:${unit}))*[0-9]+(?:${unit})?$`, 'i');

/**
 * Digits each with a unit `d h m s`, also `w min sec ms`; digits without a unit, only at the end, are seconds. Cyrus also
 * reads negative durations; here none makes sense, so they are refused. Milliseconds, as are the bounds.
 */
export function parseDuration(written: string, { min = 0, max = longestTimerMs }: Bounds): Parsed<number> {
  const remedy = 'write digits with a unit w, d, h, m, s or ms each, like 30s, 1d12h, 90';
  if (written.startsWith('-')) return { wrong: `"${written}" is negative: ${remedy}` };
  if (!wholeDuration.test(written)) {
    return { wrong: `"${written}" is not a duration: ${remedy}` };
  }
  let value = 0;
  for (const [, digits, letters] of written.toLowerCase().matchAll(/([0-9]+)([a-z]*)/g)) {
    value += Number(digits) * (unitMs[letters || 's'] ?? 0);
  }
  if (value < min) return { wrong: `"${written}" is too short a duration: ${formatDuration(min)} is the least` };
  if (value > max) return { wrong: `"${written}" is too long a duration: ${formatDuration(max)} is the most` };
  return { value };
}

/** As one would write it: `1d12h`. Fractions of a second are cut off. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const letter of writtenUnits) {
    const factor = unitMs[letter] ?? 1;
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${letter}`;
    rest -= count * factor;
  }
  return text || '0s';
}

const sizeFactor: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/**
 * Digits, optional white space, and `B K M G`, also `Ki`, `KiB`, `kb`: powers of 1024; before a unit also a decimal
 * fraction (`1.5G`). Bytes, as are the bounds.
 */
export function parseSize(written: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds): Parsed<number> {
  const match = /^([0-9]+(?:\.[0-9]{1,6}(?=\s*[KMG]))?)\s*(?:([KMG])i?)?B?$/i.exec(written);
  if (!match) return { wrong: `"${written}" is not a size: write digits and B, K, M or G, like 64K or 2 MiB` };
  const value = Math.floor(Number(match[1]) * (sizeFactor[(match[2] ?? '').toUpperCase()] ?? 1));
  if (value < min) return { wrong: `"${written}" is too small a size: ${formatSize(min)} is the least` };
  if (value > max) return { wrong: `"${written}" is too large a size: ${formatSize(max)} is the most` };
  return { value };
}

/** As one would write it: `64M`. Not a multiple of a unit: bytes. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of Object.entries(sizeFactor).reverse()) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}

/** Permissions of a file, in octal digits with or without a 0 in front: `0660`, `660`. */
export function parseMode(written: string): Parsed<number> {
  if (!/^0?[0-7]{3}$/.test(written)) {
    return { wrong: `"${written}" is not a file mode: write three octal digits, like 0660` };
  }
  return { value: Number.parseInt(written, 8) };
}

/** So many in so many milliseconds. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** `100/s`, `30/10m`: a number, a slash, and a duration, of which the digit 1 may be left out. */
export function parseRate(written: string): Parsed<Rate> {
  const [, digits = '', period = ''] = /^([0-9]{1,9})[ \t]*\/[ \t]*([0-9]*[a-z]{1,3})$/i.exec(written) ?? [];
  const count = Number(digits);
  const per = parseDuration(/^[0-9]/.test(period) ? period : `1${period}`, { min: 1000, max: 86_400_000 });
  if (count > 0 && 'value' in per) return { value: { count, perMs: per.value } };
  return {
    wrong: `"${written}" is not a rate: write a number, a slash and a time up to one day, like 100/s or 30/10m`,
  };
}
