/** The kinds of values that options have, in the syntax of imapd.conf (Cyrus `lib/libconfig.c`). */
import { z } from 'zod';
import * as numbers from './number-syntax.ts';
import { type Declared, type Option, type OptionDocs, type OptionKind, option } from './option.ts';
import * as lists from './word-syntax.ts';

/** A kind that is always written in one way: answers with what declares an option of it. */
function declare<T>(kind: OptionKind, schema: Option<T>) {
  return <D extends OptionDocs>(docs: D): Declared<T, D> => option(kind, schema, docs);
}

/** The same for a kind whose values have bounds. */
function declareWithin<T>(kind: OptionKind, schema: (bounds: numbers.Bounds) => Option<T>) {
  return <D extends OptionDocs>(docs: D, bounds: numbers.Bounds = {}): Declared<T, D> =>
    option(kind, schema(bounds), docs);
}

export const text = declare('text', z.string());

export const pathText = z.string().refine((written) => !written.includes('\0'), 'a path cannot hold a NUL byte');

/** A path of a file; the loader has replaced `{configdirectory}` before. */
export const path = declare('path', pathText);

/** Permissions of a file. */
export const mode = declare('mode', numbers.mode);

// Cyrus itself goes by the first letter (`y`, `n`); whole words only are safer here.
const switchText = z.stringbool({
  truthy: ['1', 'y', 'yes', 't', 'true', 'on'],
  falsy: ['0', 'n', 'no', 'f', 'false', 'off'],
  error: ({ input }) => `"${String(input)}" is not a switch: write yes or no (also 1 t true on, 0 f false off)`,
});

export const toggle = declare('switch', switchText);

export const integer = declareWithin('integer', numbers.integer);

/** How often something may happen. */
export const rate = declare('rate', numbers.rate);

const startingPointText = z.string().transform((written, context): 'end' | 'beginning' | number => {
  const word = written.toLowerCase();
  if (word === 'end' || word === 'beginning') return word;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/i.test(written) && /(?:Z|[+-]\d\d:\d\d)$/i.test(written);
  const time = isTime && numbers.beginsWithDay(written) ? Date.parse(written) : Number.NaN;
  if (Number.isFinite(time)) return time;
  context.addIssue(`"${written}" is neither end nor beginning nor a time like 2026-11-20T10:00:00Z`);
  return z.NEVER;
});

/** `end`, `beginning`, or a time with its zone (RFC 3339), in milliseconds since the epoch. */
export const startingPoint = declare('text', startingPointText);

/** Milliseconds, as are the bounds. Unless `max` says otherwise it is what a timer of Node can wait. */
export const duration = declareWithin('duration', numbers.duration);

/** Milliseconds each, in the order written; the bounds hold for each. */
export const durations = declareWithin('durations', (bounds) =>
  z
    .string()
    .transform(lists.splitWords)
    .pipe(z.array(numbers.duration(bounds)).readonly()),
);

/** Bytes, as are the bounds. */
export const size = declareWithin('size', numbers.size);

/** Words separated by white space; with `allowed`, compared case-insensitively and given back as spelt there. */
export function words<D extends OptionDocs>(docs: D): Declared<readonly string[], D>;
export function words<D extends OptionDocs, const C extends string>(
  docs: D,
  allowed: readonly C[],
): Declared<readonly C[], D>;
export function words<D extends OptionDocs>(docs: D, allowed?: readonly string[]): Declared<readonly string[], D> {
  return option('words', allowed === undefined ? lists.words : lists.someOf(allowed), docs);
}

/** Patterns of mailbox names, separated by white space; one with white space in it stands in double quotes. */
export const patterns = declare('patterns', lists.patterns);

export function choice<D extends OptionDocs, const C extends string>(docs: D, allowed: readonly C[]): Declared<C, D> {
  return option('choice', lists.oneOf(allowed), docs);
}

/** Messages do not quote it: a URL may hold a secret. */
const urlText = z.string().transform((written, context): URL => {
  if (!URL.canParse(written)) {
    context.addIssue(`this is not a URL: ${faultOfUrl(written)}`);
    return z.NEVER;
  }
  const value = new URL(written);
  if (/[${}]/.test(value.hostname)) context.addIssue('there is no host');
  else if (value.protocol !== 'http:' && value.protocol !== 'https:') {
    context.addIssue(`a URL with ${value.protocol} cannot be used: write one with http: or https:`);
  }
  return value;
});

/** An http or https URL. */
export const url = declare('url', urlText);

function faultOfUrl(written: string): string {
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(written)?.[0] ?? '';
  if (!/^[a-z]+:\/\//i.test(written)) return 'write it whole, like https://host/path';
  if (/\s/.test(written)) return 'there is white space in it, which is written %20';
  const [, port] = /^[^/?#]*\/\/[^/?#]*:(\d+)(?=[/?#]|$)/.exec(written) ?? [];
  if (port !== undefined && Number(port) > 65_535) return `the port ${port} is above 65535`;
  const [, host = ''] = /^[^/?#]*\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(written) ?? [];
  if (host === '') return `there is no host after ${scheme}//`;
  return 'the part before the first slash is not a host, or a host and a port';
}

const commandText = z
  .string()
  .refine((written) => lists.splitWords(written)[0]?.startsWith('/') === true, {
    error: ({ input }) => `"${String(input)}" does not begin with the absolute path of a program`,
  })
  .transform(lists.splitWords);

/** A program and its arguments, split at white space. There is no shell and no quoting. */
export const command = declare('command', commandText);

/** An expression over an event, which is checked against the schemas when these are there (`filter/when/when.ts`). */
export const expression = declare('expression', z.string());

/** Special-use attributes, each with the patterns of the mailboxes that have it. */
export const map = declare('map', lists.attributeMap);
