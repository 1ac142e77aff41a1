/** Every regular expression of belfry is proven to take at most linear time: hostile text reaches nearly all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/base/event.ts';
import { patternsIn } from '../../src/schema/linear-pattern.ts';
import { expressionsIn } from './expressions.ts';
import { proveLinear } from './recheck.ts';

const source = join(import.meta.dirname, '../../src');
const schemas = join(import.meta.dirname, '../../config/schemas');
const { expressions, unknown } = expressionsIn(source, '.ts');

/**
 * What reads the administrator's own words and no others: the configuration, and the arguments of commands. Who adds a file
 * here says that no text of a request, of a receiver or of a mail user comes to it.
 */
const readsConfiguration =
  /^(?:config|option)\/|^notifier\/mailto\/check\.ts$|^notifier\/webhook\/template\/json-template\.ts$|^cli\/(?:send|selection-flags|recent|unknown-command)\.ts$/;
const exposed = expressions.filter(({ file }) => !readsConfiguration.test(file));

/**
 * Expressions that are proven in another form, because their automaton is too large or has no such thing. Each form lets the
 * engine try everything that it tries with the original:
 */
const provenAs: Readonly<Record<string, string>> = {
  // Without the lengths of the numbers.
  "^imap:\\/\\/[A-Za-z0-9.-]+(?:\\/(?:[\\w./~$+!*'()&,=:@-]|%[2-6][0-9A-F])+(?:;UIDVALIDITY=(?:[1-3][0-9]{9}|[1-9][0-9]{0,8})(?:\\/;UID=[1-9][0-9]{0,8})?)?)?$":
    "^imap:\\/\\/[A-Za-z0-9.-]+(?:\\/(?:[\\w./~$+!*'()&,=:@-]|%[2-6][0-9A-F])+(?:;UIDVALIDITY=[1-9][0-9]*(?:\\/;UID=[1-9][0-9]*)?)?)?$",
  // With one letter for each keyword, which is a chain of states without a choice.
  '^[Ii][Mm][Aa][Pp]://[^/]+/[^;?][^?]*;[Uu][Ii][Dd][Vv][Aa][Ll][Ii][Dd][Ii][Tt][Yy]=[1-9][0-9]*/?;[Uu][Ii][Dd]=[1-9]':
    '^x//[^/]+/[^;?][^?]*;[Vv]=[1-9][0-9]*/?;[Uu]=[1-9]',
  '^[Ii][Mm][Aa][Pp]://[^/]+/[^;?][^?]*;[Uu][Ii][Dd][Vv][Aa][Ll][Ii][Dd][Ii][Tt][Yy]=[1-9]':
    '^x//[^/]+/[^;?][^?]*;[Vv]=[1-9]',
};

const files = readdirSync(schemas, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
const patterns = new Set(
  files.flatMap((name) => patternsIn(JSON.parse(readFileSync(join(schemas, name), 'utf8')) as Json)),
);

/** Expressions that only read what the kernel writes (/proc/self/maps). */
const trusted: ReadonlySet<string> = new Set(['^([0-9a-f]+)-([0-9a-f]+) r--s [0-9a-f]+ \\S+ ([0-9]+) ']);

describe('the regular expressions of the sources', () => {
  it('are found', () => {
    expect(expressions.length).toBeGreaterThan(140);
  });

  it.each(exposed.filter(({ pattern }) => !trusted.has(pattern)))(
    '$file:$line takes linear time: $pattern',
    async (one) => {
      expect(await proveLinear(provenAs[one.pattern] ?? one.pattern, one.flags)).toEqual({ problem: undefined });
    },
  );

  it('are known, but for the patterns of schemas', () => {
    expect(unknown.filter((file) => !readsConfiguration.test(file))).toEqual(['schema/linear-pattern.ts']);
  });
});

describe('the patterns of the shipped schemas', () => {
  it.each([...patterns])('%s takes linear time', async (pattern) => {
    expect(await proveLinear(provenAs[pattern] ?? pattern, 'u')).toEqual({ problem: undefined });
  });
});

describe('the exceptions', () => {
  it('are all needed', () => {
    const known = new Set([...expressions.map(({ pattern }) => pattern), ...patterns]);
    expect([...Object.keys(provenAs), ...trusted].filter((pattern) => !known.has(pattern))).toEqual([]);
  });
});

describe('the proof', () => {
  it.each([
    ['\\s*\\n\\nAction\\(s\\) taken:\\n[\\s\\S]*$', ''],
    ['(a+)+$', ''],
    ['^(?:a|a)*$', ''],
    ['a*b', ''],
    ['.*,.*,.*x', 'g'],
    ['\\s+$', ''],
  ])('fails for /%s/%s', async (pattern, flags) => {
    expect((await proveLinear(pattern, flags)).problem).toBeDefined();
  });

  it('sees a literal wherever it stands', () => {
    const here = expressionsIn(import.meta.dirname, 'recheck.ts');
    expect(here.expressions.map(({ pattern }) => pattern)).toEqual(['[dgy]']);
  });
});
