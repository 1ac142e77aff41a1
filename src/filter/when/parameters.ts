/** The parameters of events as an expression of NAME_when sees them: their names and types, taken from the schemas. */
import { ExactNumber, isJsonObject, type Json, type MailEvent } from '../../base/event.ts';

/** A parameter as the schemas describe it (`ParameterDescription`). */
export interface DescribedParameter {
  readonly name: string;
  /** Types of JSON: `string`, `integer`, `array of string`, …; none: any. */
  readonly types: readonly string[];
}

/** A parameter in expressions. */
export interface Parameter {
  /** As an event has it: `vnd.cmu.midset`. */
  readonly name: string;
  /** As an expression names it: `vnd_cmu_midset`. */
  readonly field: string;
  /** Type of CEL. */
  readonly type: string;
  /** The value for CEL; undefined where it is not of the type, as if it were not there. */
  readonly read: (value: Json) => unknown;
}

/** The names of an expression, such as `vnd_cmu_midset`, to their parameters. */
export type Parameters = ReadonlyMap<string, Parameter>;

/**
 * All parameters of all events. One that is a string in some events and a list in others has the type `dyn`: what is done
 * with it is checked when an event is there. A name that every object of JavaScript has is left out.
 */
export function parametersOf(described: readonly DescribedParameter[]): Parameters {
  const types = new Map<string, ReadonlySet<string>>([['event', new Set(['string'])]]);
  for (const { name, types: ofOne } of described) {
    types.set(name, new Set([...(types.get(name) ?? []), ...(ofOne.length === 0 ? ['any'] : ofOne)]));
  }
  const parameters = new Map<string, Parameter>();
  for (const [name, all] of types) {
    const field = name.replace(/[^A-Za-z0-9_]/g, '_');
    if (field in {} || /^\d|^$/.test(field) || parameters.has(field)) continue;
    parameters.set(field, { name, field, ...kindOf(all) });
  }
  return parameters;
}

/** What is in none of the events that can come is never asked for. */
export function valueIn(event: MailEvent, { name, read }: Parameter): unknown {
  const value = Object.hasOwn(event, name) ? event[name] : undefined;
  return value === undefined ? undefined : read(value);
}

function kindOf(types: ReadonlySet<string>): Pick<Parameter, 'type' | 'read'> {
  const [only, ...others] = [...types].filter((type) => !types.has('integer') || type !== 'string');
  // Some numbers are strings of digits where they are long: the schemas allow both.
  const known = others.length === 0 ? kinds.get(only ?? '') : undefined;
  return known ?? { type: 'dyn', read: anyValue };
}

const kinds: ReadonlyMap<string, Pick<Parameter, 'type' | 'read'>> = new Map([
  ['string', { type: 'string', read: (value: Json) => (typeof value === 'string' ? value : undefined) }],
  ['integer', { type: 'int', read: wholeNumber }],
  ['number', { type: 'double', read: double }],
  ['boolean', { type: 'bool', read: (value: Json) => (typeof value === 'boolean' ? value : undefined) }],
  ['array of string', { type: 'list<string>', read: (value: Json) => (isTexts(value) ? value : undefined) }],
]);

/** What CEL calls int has 64 bits. */
function wholeNumber(value: Json): bigint | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  if (typeof text === 'number') return Number.isInteger(text) ? inRange(BigInt(text)) : undefined;
  return typeof text === 'string' && /^-?[0-9]{1,19}$/.test(text) ? inRange(BigInt(text)) : undefined;
}

function inRange(value: bigint): bigint | undefined {
  return value === BigInt.asIntN(64, value) ? value : undefined;
}

function double(value: Json): number | undefined {
  if (value instanceof ExactNumber) return Number(value.text);
  return typeof value === 'number' ? value : undefined;
}

function isTexts(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Objects become maps, so that the name of a member never leads to what every object has. */
function anyValue(value: Json): unknown {
  if (value instanceof ExactNumber || typeof value === 'number') return wholeNumber(value) ?? double(value);
  if (Array.isArray(value)) return value.map(anyValue);
  if (!isJsonObject(value)) return value;
  return new Map(Object.entries(value).map(([name, member]) => [name, anyValue(member)]));
}
