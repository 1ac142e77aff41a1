/** Keywords of JSON Schema that would let the schemas of an administrator take more than linear time on a hostile event. */
import type { Ajv2020, FuncKeywordDefinition } from 'ajv/dist/2020.js';
import { messageOf } from '../base/error.ts';
import { isJsonObject, type Json, withSortedNames, writeJson } from '../base/event.ts';

/** A compiled pattern, as the validator calls it. */
interface Pattern {
  test(text: string): boolean;
  toString(): string;
}

/** How the validator compiles patterns; `code` is only for validators that are written to a file. */
type PatternEngine = ((pattern: string, flags: string) => Pattern) & { code: string };

/**
 * Patterns that occur in `proven` are compiled by the engine of JavaScript, because a test proves them linear. All others
 * are compiled by RE2, which takes linear time for whatever it accepts, and knows neither lookahead, lookbehind nor
 * backreferences: such a pattern is refused with an Error that says so.
 */
export async function patternEngine(proven: ReadonlySet<string>): Promise<PatternEngine> {
  const { RE2JS } = await import('re2js');
  const compile = (pattern: string, flags: string): Pattern => {
    if (proven.has(pattern)) return new RegExp(pattern, flags);
    try {
      const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
      // The validator keeps patterns by their text.
      return { test: (text) => compiled.test(text), toString: () => `re2:${pattern}` };
    } catch (thrown) {
      throw new Error(
        `the pattern ${JSON.stringify(pattern)} cannot be used: ${messageOf(thrown)}; ` +
          'write it in the syntax of RE2, without (?=, (?!, (?<= and backreferences',
      );
    }
  };
  return Object.assign(compile, { code: 'new RegExp' });
}

/** Every pattern of a schema: of the keyword `pattern`, and the names in `patternProperties`. */
export function patternsIn(schema: Json): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(patternsIn);
  if (!isJsonObject(schema)) return [];
  const { pattern, patternProperties } = schema;
  return [
    ...(typeof pattern === 'string' ? [pattern] : []),
    ...(isJsonObject(patternProperties ?? null) ? Object.keys(patternProperties as object) : []),
    ...Object.values(schema).flatMap(patternsIn),
  ];
}

/** The validator's own compares each element with each other one. */
export function addLinearUniqueItems(ajv: Ajv2020): void {
  const uniqueItems: FuncKeywordDefinition = {
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must NOT have duplicate items' },
    validate: (isOn: boolean, items: readonly Json[]) =>
      !isOn || new Set(items.map((item) => writeJson(withSortedNames(item)))).size === items.length,
  };
  ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems);
}
