/** Finds out what is wrong with an event that its schema refuses, and says it so that a mail administrator can act on it. */
import type { ErrorObject } from 'ajv';
import type { Json, MailEvent } from '../base/event.ts';
import { quoted } from '../decode/decoded.ts';
import type { EventSchema } from './event-schema.ts';
import type { ParameterError, ParameterErrors } from './event-schemas.ts';
import { entryOf, unescapeStep } from './schema-tree.ts';

/** The rest is not reported: it will be when these are right. */
const maxErrors = 8;

/** How a value violates the schema with this URI; empty when it does not. */
export type Check = (uri: string, value: Json) => readonly ErrorObject[];

/**
 * Looks at each parameter by itself, because the validator stops at the first error, and it must: that is what keeps a
 * string that is too long from a pattern. `found` is what it stopped at, for schemas that consist of more than parameters.
 */
export function parameterErrors(
  schema: EventSchema,
  event: MailEvent,
  found: readonly ErrorObject[],
  check: Check,
): ParameterErrors {
  const errors = new Map<string, ParameterError>();
  const add = ({ parameter, message }: ParameterError): void => {
    if (errors.size < maxErrors && !errors.has(parameter)) errors.set(parameter, { parameter, message });
  };

  for (const name of schema.required) {
    if (Object.hasOwn(event, name)) continue;
    const expected = schema.parameters.find((parameter) => parameter.name === name)?.expected ?? 'a value';
    add({ parameter: name, message: `${name} is missing; expected ${expected}` });
  }
  for (const { uri, expected } of schema.rules) {
    const missing = missingIn(check(uri, event));
    if (missing.length === 0) continue;
    add({ parameter: missing[0] ?? '', message: `${missing.join(' or ')} is missing; expected ${expected}` });
  }
  for (const { name, uri, expected } of schema.parameters) {
    const value = entryOf(event, name);
    if (value === undefined || errors.size === maxErrors) continue;
    const violations = check(uri, value);
    if (violations.length > 0) {
      add({ parameter: name, message: `${name} ${whatItHolds(value, violations)}; expected ${expected}` });
    }
  }
  const [one = unforeseen(event, found), ...others] = errors.values();
  return [one, ...others];
}

function missingIn(errors: readonly ErrorObject[]): readonly string[] {
  return errors.flatMap(({ params }) => params['missingProperty'] ?? []);
}

/** Told from the error that lies deepest: the others say that no alternative around it fits. */
function whatItHolds(value: Json, violations: readonly ErrorObject[]): string {
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split('/').length;
  const deepest = violations.reduce((one, other) => (depth(other) > depth(one) ? other : one));
  const name = violations.find(({ keyword }) => keyword === 'propertyNames')?.params['propertyName'];
  if (deepest.instancePath === '' && typeof name === 'string') return `has the key ${quoted(name)}`;

  const steps = deepest.instancePath.split('/').slice(1).map(unescapeStep);
  const inner = steps.reduce<Json | undefined>(entryOf, value);
  const place = steps.length === 0 ? 'is' : `has, at ${quoted(steps.join('/'))},`;
  if (deepest.keyword === 'maxLength' && typeof inner === 'string') {
    return `${place} ${inner.length} characters long, more than ${deepest.params['limit']}`;
  }
  return `${place} ${described(inner ?? null)}`;
}

function described(value: Json): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : quoted(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** What belongs to no parameter that the schema names is reported in the words of the validator. */
function unforeseen(event: MailEvent, found: readonly ErrorObject[]): ParameterError {
  const error = found.at(-1);
  const params = error?.params ?? {};
  const message = error?.message ?? 'is refused by its schema';
  const [step = ''] = (error?.instancePath ?? '').split('/').slice(1);
  const named = [
    params['missingProperty'],
    params['additionalProperty'],
    params['unevaluatedProperty'],
    unescapeStep(step),
  ];
  const parameter = named.find((name) => typeof name === 'string') ?? '';
  const value = entryOf(event, parameter);
  if (parameter === '') return { parameter, message: `the event ${message}` };
  const shown = /^[!-~]{1,128}$/.test(parameter) ? parameter : quoted(parameter);
  const state = value === undefined ? 'is missing' : `is ${described(value)}`;
  return { parameter, message: `${shown} ${state}; the event ${message}` };
}
