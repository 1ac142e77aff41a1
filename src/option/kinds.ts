/** The kinds of values that options have, in the syntax of imapd.conf (Cyrus `lib/libconfig.c`). */
import { z } from 'zod';
import {
  type Bounds,
  type Parsed,
  parseDuration,
  parseInteger,
  parseMode,
  parseRate,
  parseSize,
  type Rate,
} from './number-syntax.ts';
import type { Option, OptionDocs, OptionKind } from './option.ts';
import { slipIn } from './slip.ts';
import { type AttributeMap, parseAttributeMap, parseWord, splitPatterns, splitWords } from './word-syntax.ts';

type Given = { readonly default: string } | { readonly required: true };
type Kinded<T, D extends OptionDocs> = Option<D extends Given ? T : T | undefined>;

function kind<T, D extends OptionDocs>(
  name: OptionKind,
  docs: D,
  parse: (written: string) => Parsed<T>,
  allowed?: readonly string[],
): Kinded<T, D> {
  const schema = z.string().transform((written, context): T => {
    const parsed = parse(written);
    if ('value' in parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: slipIn(name, written) ?? parsed.wrong });
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

/** Permissions of a file. */
export function mode<D extends OptionDocs>(docs: D): Kinded<number, D> {
  return kind('mode', docs, parseMode);
}

// Cyrus itself goes by the first letter (`y`, `n`); whole words only are safer here.
const yes = new Set(['1', 'y', 'yes', 't', 'true', 'on']);
const no = new Set(['0', 'n', 'no', 'f', 'false', 'off']);

export function toggle<D extends OptionDocs>(docs: D): Kinded<boolean, D> {
  return kind('switch', docs, (written) => {
    const word = written.toLowerCase();
    if (yes.has(word)) return { value: true };
    if (no.has(word)) return { value: false };
    return { wrong: `"${written}" is not a switch: write yes or no (also 1 t true on, 0 f false off)` };
  });
}

export function integer<D extends OptionDocs>(docs: D, bounds: Bounds = {}): Kinded<number, D> {
  return kind('integer', docs, (written) => parseInteger(written, bounds));
}

/** How often something may happen. */
export function rate<D extends OptionDocs>(docs: D): Kinded<Rate, D> {
  return kind('rate', docs, parseRate);
}

/** `end`, `beginning`, or a time with its zone (RFC 3339), in milliseconds since the epoch. */
export function startingPoint<D extends OptionDocs>(docs: D): Kinded<'end' | 'beginning' | number, D> {
  return kind('text', docs, (written): Parsed<'end' | 'beginning' | number> => {
    const word = written.toLowerCase();
    if (word === 'end' || word === 'beginning') return { value: word };
    const time =
      /^\d{4}-\d\d-\d\dT\d\d:\d\d/i.test(written) && /(?:Z|[+-]\d\d:\d\d)$/i.test(written)
        ? Date.parse(written)
        : Number.NaN;
    if (Number.isFinite(time)) return { value: time };
    return { wrong: `"${written}" is neither end nor beginning nor a time like 2026-11-20T10:00:00Z` };
  });
}

/** Milliseconds, as are the bounds. Unless `max` says otherwise it is what a timer of Node can wait. */
export function duration<D extends OptionDocs>(docs: D, bounds: Bounds = {}): Kinded<number, D> {
  return kind('duration', docs, (written) => parseDuration(written, bounds));
}

/** Milliseconds each, in the order written; the bounds hold for each. */
export function durations<D extends OptionDocs>(docs: D, bounds: Bounds = {}): Kinded<readonly number[], D> {
  return kind('durations', docs, (written): Parsed<readonly number[]> => {
    const values: number[] = [];
    for (const word of splitWords(written)) {
      const parsed = parseDuration(word, bounds);
      if ('wrong' in parsed) return parsed;
      values.push(parsed.value);
    }
    return { value: values };
  });
}

/** Bytes, as are the bounds. */
export function size<D extends OptionDocs>(docs: D, bounds: Bounds = {}): Kinded<number, D> {
  return kind('size', docs, (written) => parseSize(written, bounds));
}

/** Words separated by white space; with `allowed`, compared case-insensitively and given back as spelt there. */
export function words<D extends OptionDocs>(docs: D): Kinded<readonly string[], D>;
export function words<D extends OptionDocs, const C extends string>(
  docs: D,
  allowed: readonly C[],
): Kinded<readonly C[], D>;
export function words<D extends OptionDocs>(docs: D, allowed?: readonly string[]): Kinded<readonly string[], D> {
  return kind(
    'words',
    docs,
    (written): Parsed<readonly string[]> => {
      const given = splitWords(written);
      // Of a word that may be anything nobody can tell that it is wrong, but that it is no comment.
      if (given.some((word, index) => index > 0 && word.startsWith('#'))) return { wrong: 'it holds a comment' };
      if (!allowed) return { value: given };
      const spelt: string[] = [];
      for (const word of given) {
        const parsed = parseWord(word, allowed);
        if ('wrong' in parsed) return parsed;
        spelt.push(parsed.value);
      }
      return { value: spelt };
    },
    allowed,
  );
}

/** Patterns of mailbox names, separated by white space; one with white space in it stands in double quotes. */
export function patterns<D extends OptionDocs>(docs: D): Kinded<readonly string[], D> {
  return kind('patterns', docs, splitPatterns);
}

export function choice<D extends OptionDocs, const C extends string>(docs: D, allowed: readonly C[]): Kinded<C, D> {
  return kind('choice', docs, (written) => parseWord(written, allowed), allowed);
}

/** An http or https URL. */
export function url<D extends OptionDocs>(docs: D): Kinded<URL, D> {
  return kind('url', docs, (written) => {
    if (!URL.canParse(written)) return { wrong: `this is not a URL: ${faultOfUrl(written)}` };
    const value = new URL(written);
    if (/[${}]/.test(value.hostname)) return { wrong: 'there is no host' };
    if (value.protocol !== 'http:' && value.protocol !== 'https:') {
      return { wrong: `a URL with ${value.protocol} cannot be used: write one with http: or https:` };
    }
    return { value };
  });
}

/** Without quoting it: a URL may hold a secret. */
function faultOfUrl(written: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(written)?.[0] ?? '';
  if (!/^[a-z]+:\/\//i.test(written)) return 'write it whole, like https://host/path';
  if (/\s/.test(written)) return 'there is white space in it, which is written %20';
  const [, port] = /^[^/?#]*\/\/[^/?#]*:(\d+)(?=[/?#]|$)/.exec(written) ?? [];
  if (port !== undefined && Number(port) > 65_535) return `the port ${port} is above 65535`;
  const [, host = ''] = /^[^/?#]*\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(written) ?? [];
  if (host === '') return `there is no host after ${scheme}//`;
  return 'what stands before the first slash is no host, or host and port';
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

/** Special-use attributes, each with the patterns of the mailboxes that have it. */
export function map<D extends OptionDocs>(docs: D): Kinded<AttributeMap, D> {
  return kind('map', docs, parseAttributeMap);
}
