/** Turns what the validator reports into sentences that name the parameter, what it holds and what is expected. */
import type { ErrorObject } from 'ajv/dist/2020.js';
import { quoted } from '../decode/decoded.ts';
import type { MailEvent } from '../event.ts';
import type { ParameterError } from './event-schemas.ts';

const maxErrors = 5;

/** `expectation` answers with the description of what a parameter is to be. */
export function parameterErrors(
  errors: readonly ErrorObject[],
  event: MailEvent,
  expectation: (parameter: string) => string | undefined,
): readonly ParameterError[] {
  const seen = new Map<string, ParameterError>();
  // What is missing first, then what is wrong; alternatives that failed only explain one another.
  const sorted = [...errors].sort((a, b) => rank(a) - rank(b));
  for (const error of sorted) {
    const one = sentence(error, event, expectation);
    if (!seen.has(one.parameter)) seen.set(one.parameter, one);
    if (seen.size >= maxErrors) break;
  }
  const all = [...seen.values()];
  const named = all.filter(({ parameter }) => parameter !== '');
  return named.length > 0 ? named : all;
}

function rank({ keyword, schemaPath }: ErrorObject): number {
  if (schemaPath.includes('/anyOf/')) return 3;
  return keyword === 'required' ? 0 : keyword === 'anyOf' ? 2 : 1;
}

function sentence(
  { keyword, instancePath, params }: ErrorObject,
  event: MailEvent,
  expectation: (parameter: string) => string | undefined,
): ParameterError {
  if (keyword === 'required') {
    const parameter = instancePath === '' ? String(params['missingProperty']) : pointed(instancePath);
    return { parameter, message: `${parameter} is missing${expected(parameter)}` };
  }
  const parameter = pointed(instancePath);
  if (parameter === '') return { parameter, message: 'the event lacks parameters of which one or another is needed' };
  const [name = ''] = parameter.split('/');
  return { parameter, message: `${parameter} is ${held(event, instancePath)}${expected(name)}` };

  function expected(name: string): string {
    const description = expectation(name);
    return description === undefined ? '' : `; expected: ${description.replace(/\.$/, '')}`;
  }
}

/** A JSON pointer as a person writes it. */
function pointed(pointer: string): string {
  return pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What the event has at a JSON pointer, as it may stand in a message. */
function held(event: MailEvent, pointer: string): string {
  let value: unknown = event;
  for (const step of pointer.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  }
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
