/** The definitions of the parameters themselves: every keyword in them must be missed by the tests when it is gone. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../src/base/event.ts';
import { formats } from '../../src/schema/format.ts';
import { wrongFor, wrongValues } from './wrong-values.ts';

const file = new URL('../../config/schemas/shared/parameter.json', import.meta.url);
const parsed: { readonly $defs: Readonly<Record<string, JsonObject>> } = JSON.parse(readFileSync(file, 'utf8'));
const definitions = Object.entries(parsed.$defs).filter(([name]) => name !== 'event');

/** What is wrong for a definition that is not called like its parameter. */
const wrongForVariant: Readonly<Record<string, readonly Json[] | undefined>> = {
  anyUri: wrongValues['uri'],
  mailboxUri: wrongFor['FlagsSet']?.['uri'],
  uidvalidityUri: wrongFor['MessageExpunge']?.['uri'],
  messageUri: wrongFor['MessageNew']?.['uri'],
  namedUser: [...(wrongValues['user'] ?? []), ''],
  quotaMessages: wrongValues['messages'],
};

const annotations = ['title', 'description', 'x-source', 'x-expected'];

/** Bounds far beyond real values, and patterns that only say to other validators what a format says better. */
function isMissedByNobody(keyword: string, parent: JsonObject): boolean {
  return (
    ['maxLength', 'maxItems', 'maxProperties', 'maximum'].includes(keyword) ||
    (keyword === 'pattern' && 'format' in parent)
  );
}

interface Mutant {
  readonly place: string;
  readonly schema: Json;
  readonly isEquivalent: boolean;
}

/** The schema without one of its keywords, for each of them. */
function mutants(schema: Json, place = ''): readonly Mutant[] {
  if (Array.isArray(schema)) {
    return schema.flatMap((one, i) =>
      mutants(one, `${place}/${i}`).map((mutant) => ({ ...mutant, schema: schema.with(i, mutant.schema) })),
    );
  }
  if (!isJsonObject(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const rest = Object.fromEntries(Object.entries(schema).filter(([other]) => other !== keyword));
    const here = `${place}/${keyword}`;
    const without = { place: here, schema: rest, isEquivalent: isMissedByNobody(keyword, schema) };
    return [
      without,
      ...mutants(value, here).map((mutant) => ({ ...mutant, schema: { ...schema, [keyword]: mutant.schema } })),
    ];
  });
}

const ajv = new Ajv2020({ strict: false, formats });

describe('the definitions of the parameters', () => {
  it.each(definitions)('%s has no keyword that the tests would not miss', (name, definition) => {
    const rules = Object.fromEntries(Object.entries(definition).filter(([keyword]) => !annotations.includes(keyword)));
    const wrong = wrongForVariant[name] ?? wrongValues[name] ?? [];
    const unnoticed = mutants(rules)
      .filter(({ isEquivalent }) => !isEquivalent)
      .filter(({ schema }) => isJsonObject(schema) && !wrong.some((value) => ajv.validate(schema, value)));
    expect(unnoticed.map(({ place }) => place)).toEqual([]);
  });

  it.each(definitions)('%s bounds the length of a string before it tries a pattern', (_name, definition) => {
    expect(unboundedPatterns(definition)).toEqual([]);
  });
});

/** Only a pattern that reads a fixed number of characters may meet a string of any length. */
function unboundedPatterns(schema: Json): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(unboundedPatterns);
  if (!isJsonObject(schema)) return [];
  const { pattern, maxLength } = schema;
  const isUnbounded = typeof pattern === 'string' && /[*+{]/.test(pattern) && maxLength === undefined;
  return [...(isUnbounded ? [pattern] : []), ...Object.values(schema).flatMap(unboundedPatterns)];
}
