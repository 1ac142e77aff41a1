/** How numbers, durations, sizes, rates and file modes are written in the configuration (Cyrus `lib/libconfig.c`): schemas from text to value. */
import { z } from 'zod';
import { longestTimerMs } from '../base/limits.ts';

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

type Say = (written: string) => string;
const because = (say: Say) => ({ error: ({ input }: { readonly input?: unknown }) => say(String(input)) });

/** A number in a text of this form, within its bounds. What is wrong is quoted as it was written. */
function number(
  form: RegExp,
  read: (written: string) => number,
  { min, max }: Required<Bounds>,
  say: { readonly form: Say; readonly low: Say; readonly high: Say },
) {
  return z
    .string()
    .regex(form, because(say.form))
    .refine((written) => !(read(written) < min), because(say.low))
    .refine((written) => !(read(written) > max), because(say.high))
    .transform(read)
    .pipe(z.int().min(min).max(max));
}

/** The number that C's strtol(3) reads with base 0: `10`, `0x1F`, `010` (octal). All of the text must be the number. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}) {
  const outside: Say = (written) => `${written} is out of range: ${min} to ${max}`;
  const form: Say = (written) => `"${written}" is not an integer: write digits, like 4`;
  return number(wholeInteger, integerOf, { min, max }, { form, low: outside, high: outside });
}

const wholeInteger = /^[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

function integerOf(written: string): number {
  const digits = written.replace(/^[+-]/, '');
  const magnitude = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  // Adding 0 makes 0 of -0.
  return (written.startsWith('-') ? -magnitude : magnitude) + 0;
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
export function duration({ min = 0, max = longestTimerMs }: Bounds = {}) {
  const remedy = 'write digits with a unit w, d, h, m, s or ms each, like 30s, 1d12h, 90';
  return number(
    wholeDuration,
    durationOf,
    { min, max },
    {
      form: (written) => `"${written}" is ${written.startsWith('-') ? 'negative' : 'not a duration'}: ${remedy}`,
      low: (written) => `"${written}" is too short: at least ${formatDuration(min)}`,
      high: (written) => `"${written}" is too long: at most ${formatDuration(max)}`,
    },
  );
}

function durationOf(written: string): number {
  let value = 0;
  for (const [, digits, letters] of written.toLowerCase().matchAll(/([0-9]+)([a-z]*)/g)) {
    value += Number(digits) * (unitMs[letters || 's'] ?? 0);
  }
  return value;
}

/** As one would write it: `1d12h`, `100ms`. Of more than a second, fractions of one are cut off. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const letter of writtenUnits) {
    const factor = unitMs[letter] ?? 1;
    const count = Math.floor(rest / factor);
    if (count > 0) text += `${count}${letter}`;
    rest -= count * factor;
  }
  return text || (rest > 0 ? `${rest}ms` : '0s');
}

const sizeFactor: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
const wholeSize = /^([0-9]+(?:\.[0-9]{1,6}(?=\s*[KMG]))?)\s*(?:([KMG])i?)?B?$/i;

/**
 * Digits, optional white space, and `B K M G`, also `Ki`, `KiB`, `kb`: powers of 1024; before a unit also a decimal
 * fraction (`1.5G`). Bytes, as are the bounds.
 */
export function size({ min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}) {
  return number(
    wholeSize,
    sizeOf,
    { min, max },
    {
      form: (written) => `"${written}" is not a size: write digits and B, K, M or G, like 64K or 2 MiB`,
      low: (written) => `"${written}" is too small: at least ${formatSize(min)}`,
      high: (written) => `"${written}" is too large: at most ${formatSize(max)}`,
    },
  );
}

function sizeOf(written: string): number {
  const [, digits, letter = ''] = wholeSize.exec(written) ?? [];
  return Math.floor(Number(digits) * (sizeFactor[letter.toUpperCase()] ?? 1));
}

/** As one would write it: `64M`. Not a multiple of a unit: bytes. */
export function formatSize(bytes: number): string {
  for (const [letter, factor] of Object.entries(sizeFactor).reverse()) {
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor}${letter}`;
  }
  return `${bytes}B`;
}

/** Permissions of a file, in octal digits with or without a 0 in front: `0660`, `660`. */
export const mode = z
  .string()
  .regex(
    /^0?[0-7]{3}$/,
    because((written) => `"${written}" is not a file mode: write three octal digits, like 0660`),
  )
  .transform((written) => Number.parseInt(written, 8));

/** So many in so many milliseconds. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

const period = duration({ min: 1000, max: 86_400_000 });

/** `100/s`, `30/10m`: a number, a slash, and a duration, of which the digit 1 may be left out. */
export const rate = z.string().transform((written, context): Rate => {
  const [, digits = '', per = ''] = /^([0-9]{1,9})[ \t]*\/[ \t]*([0-9]*[a-z]{1,3})$/i.exec(written) ?? [];
  const count = Number(digits);
  const perMs = period.safeParse(/^[0-9]/.test(per) ? per : `1${per}`).data;
  if (count > 0 && perMs !== undefined) return { count, perMs };
  const remedy = 'write a number, a slash and a time up to one day, like 100/s or 30/10m';
  context.addIssue(`"${written}" is not a rate: ${remedy}`);
  return z.NEVER;
});

const anyDay = z.iso.date();

/** Whether the calendar has the day with which a time begins: `Date.parse` makes 2 March of `2026-02-30`. */
export function beginsWithDay(time: string): boolean {
  return anyDay.safeParse(time.slice(0, 'YYYY-MM-DD'.length)).success;
}
