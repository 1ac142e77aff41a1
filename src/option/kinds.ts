/** The kinds of values that options have, in the syntax of imapd.conf (Cyrus `lib/libconfig.c`). */
import { z } from 'zod';
import type { Option, OptionDocs, OptionKind } from './option.ts';

type Given = { readonly default: string } | { readonly required: true };
type Kinded<T, D extends OptionDocs> = Option<D extends Given ? T : T | undefined>;

/** A parser answers with the value, or with what is wrong and what would be right. */
type Parsed<T> = { readonly value: T } | { readonly wrong: string };

function kind<T, D extends OptionDocs>(
  name: OptionKind,
  docs: D,
  parse: (written: string) => Parsed<T>,
  allowed?: readonly string[],
): Kinded<T, D> {
  const schema = z.string().transform((written, context): T => {
    const parsed = parse(written);
    if ('value' in parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.wrong });
    return z.NEVER;
  });
  const option: Option<T> = { ...docs, kind: name, schema, ...(allowed ? { allowed } : {}) };
  // An absent optional value is never parsed, so only the type says `undefined`.
  return option as Kinded<T, D>;
}

export function text<D extends OptionDocs>(docs: D): Kinded<string, D> {
  return kind('text', docs, (written) => ({ value: written }));
}

/** A path of a file; the loader has replaced `{configdirectory}` before. */
export function path<D extends OptionDocs>(docs: D): Kinded<string, D> {
  return kind('path', docs, (written) =>
    written.includes('\0') ? { wrong: 'a path cannot hold a NUL byte' } : { value: written },
  );
}

const yes = new Set(['1', 'yes', 't', 'true', 'on']);
const no = new Set(['0', 'no', 'f', 'false', 'off']);

export function toggle<D extends OptionDocs>(docs: D): Kinded<boolean, D> {
  return kind('switch', docs, (written) => {
    const word = written.toLowerCase();
    if (yes.has(word)) return { value: true };
    if (no.has(word)) return { value: false };
    return { wrong: `"${written}" is not a switch: write yes or no (also 1 t true on, 0 f false off)` };
  });
}

/** The number that C's strtol(3) reads with base 0: `10`, `0x1F`, `010` (octal). Undefined when it is not all a number. */
function parseInteger(written: string): number | undefined {
  const match = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))$/.exec(written);
  if (!match) return undefined;
  const [, sign, hexadecimal, octal, decimal] = match;
  const magnitude = hexadecimal
    ? Number.parseInt(hexadecimal, 16)
    : octal
      ? Number.parseInt(octal, 8)
      : Number(decimal);
  return sign === '-' ? -magnitude : magnitude;
}

export function integer<D extends OptionDocs>(
  docs: D,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): Kinded<number, D> {
  return kind('integer', docs, (written) => {
    const value = parseInteger(written);
    if (value === undefined) return { wrong: `"${written}" is not an integer` };
    if (value < min || value > max) return { wrong: `${value} is outside ${min} to ${max}` };
    return { value };
  });
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** `[-]` then digits each with a unit `d h m s`; digits without a unit are seconds. Negative durations are refused. */
function parseDuration(written: string): Parsed<number> {
  const remedy = 'write digits with a unit d, h, m or s each, like 30s, 1d12h, 90';
  if (written.startsWith('-')) return { wrong: `"${written}" is negative: ${remedy}` };
  if (!/^(?:[0-9]+[dhms])*(?:[0-9]+[dhms]?)$/i.test(written)) {
    return { wrong: `"${written}" is not a duration: ${remedy}` };
  }
  let ms = 0;
  for (const [, digits, unit] of written.toLowerCase().matchAll(/([0-9]+)([dhms]?)/g)) {
    ms += Number(digits) * (unitMs[unit || 's'] ?? 0);
  }
  return Number.isSafeInteger(ms) ? { value: ms } : { wrong: `"${written}" is too long a duration` };
}

/** Milliseconds. */
export function duration<D extends OptionDocs>(docs: D): Kinded<number, D> {
  return kind('duration', docs, parseDuration);
}

/** Milliseconds each, in the order written. */
export function durations<D extends OptionDocs>(docs: D): Kinded<readonly number[], D> {
  return kind('durations', docs, (written): Parsed<readonly number[]> => {
    const values: number[] = [];
    for (const word of splitWords(written)) {
      const parsed = parseDuration(word);
      if ('wrong' in parsed) return parsed;
      values.push(parsed.value);
    }
    return { value: values };
  });
}

const sizeFactor: Readonly<Record<string, number>> = { '': 1, B: 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Bytes. */
export function size<D extends OptionDocs>(docs: D): Kinded<number, D> {
  return kind('size', docs, (written) => {
    const match = /^([0-9]+)[ \t]*(?:([KMG])(?:i?B?)?|(B))?$/i.exec(written);
    if (!match) return { wrong: `"${written}" is not a size: write digits and B, K, M or G, like 64K or 2 MiB` };
    const value = Number(match[1]) * (sizeFactor[(match[2] ?? '').toUpperCase()] ?? 1);
    return Number.isSafeInteger(value) ? { value } : { wrong: `"${written}" is too large a size` };
  });
}

/** The words of a list: separated by white space. */
export function splitWords(written: string): readonly string[] {
  return written.split(/[ \t\r\n]+/).filter((word) => word !== '');
}

/** Words separated by white space; with `allowed`, compared case-insensitively and given back as spelt there. */
export function words<D extends OptionDocs>(docs: D, allowed?: readonly string[]): Kinded<readonly string[], D> {
  return kind(
    'words',
    docs,
    (written): Parsed<readonly string[]> => {
      const given = splitWords(written);
      if (!allowed) return { value: given };
      const spelt: string[] = [];
      for (const word of given) {
        const known = allowed.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
        if (known === undefined) return { wrong: `"${word}" is not one of: ${allowed.join(' ')}` };
        spelt.push(known);
      }
      return { value: spelt };
    },
    allowed,
  );
}

export function choice<D extends OptionDocs, const C extends string>(docs: D, allowed: readonly C[]): Kinded<C, D> {
  return kind(
    'choice',
    docs,
    (written) => {
      const known = allowed.find((candidate) => candidate.toLowerCase() === written.toLowerCase());
      return known === undefined ? { wrong: `"${written}" is not one of: ${allowed.join(' ')}` } : { value: known };
    },
    allowed,
  );
}

/** An http or https URL. */
export function url<D extends OptionDocs>(docs: D): Kinded<URL, D> {
  return kind('url', docs, (written) => {
    if (!URL.canParse(written)) return { wrong: `"${written}" is not a URL: write it whole, like https://host/path` };
    const value = new URL(written);
    if (value.protocol !== 'http:' && value.protocol !== 'https:') {
      return { wrong: `"${written}" has the scheme ${value.protocol} where http: or https: is needed` };
    }
    return { value };
  });
}

/** A program and its arguments, split at white space. There is no shell and no quoting. */
export function command<D extends OptionDocs>(docs: D): Kinded<readonly string[], D> {
  return kind('command', docs, (written): Parsed<readonly string[]> => {
    const argv = splitWords(written);
    if (!argv[0]?.startsWith('/')) {
      return { wrong: `"${written}" does not begin with the absolute path of a program` };
    }
    return { value: argv };
  });
}
