/**
 * NAME_when: which events a notifier gets, as an expression in CEL (the Common Expression Language, cel.dev) over the event.
 *
 * The names in it are those of the schemas, so that a mistake is found before there is an event. What it says of an event
 * is true, false, or nothing, because the event lacks a parameter that was named: only an event for which it is true is
 * delivered. CEL's `||` is true when one side is, even if the other says nothing; `&&` likewise is false.
 */
import type { TypeError as CelTypeError, Environment, ParseError, ParseResult } from '@marcbachmann/cel-js';
import { BelfryError, messageOf } from '../../base/error.ts';
import type { MailEvent } from '../../base/event.ts';
import { printable } from '../../base/printable.ts';
import { nearest } from '../../option/nearest.ts';
import { spellEventType } from '../groups.ts';
import type { FilterReason } from '../rule.ts';
import { compileWildcards } from '../wildcard.ts';
import { type Parameter, type Parameters, valueIn } from './parameters.ts';
import { findMistake, limits, type Mistake, mistake, unknownParameter, variables } from './subset.ts';

/** Whom and what an event concerns, as its notification has it: empty where unknown. */
export interface About {
  readonly user: string;
  readonly mailbox: string;
}

/** Why a notifier does not get an event; undefined when it does. Never throws. */
export type When = (event: MailEvent, about: About) => FilterReason | undefined;

/** `option`: its name, for the reason of what it filters. */
export type CompileWhen = (
  option: string,
  expression: string,
) => { readonly when: When } | { readonly mistake: Mistake };

const longestExpression = 8192;

/** The parameters of one event, those that the expression names. */
class EventFields {
  [field: string]: unknown;
}

/** Loads the library, which takes some 30 ms. Throws BelfryError NOTIFIER_OPEN where it is not installed. */
export async function whenCompiler(parameters: Parameters): Promise<CompileWhen> {
  const cel = await import('@marcbachmann/cel-js').catch((cause: unknown) => {
    const remedy = 'install it with npm install @marcbachmann/cel-js, or remove the option when';
    throw new BelfryError('NOTIFIER_OPEN', `the package @marcbachmann/cel-js cannot be loaded; ${remedy}`, { cause });
  });
  const fields = Object.fromEntries([...parameters.values()].map(({ field, type }) => [field, type]));
  const environment = new cel.Environment({ limits })
    .registerType('event', { ctor: EventFields, fields })
    .registerVariable('event', 'event')
    .registerVariable('user', 'string')
    .registerVariable('mailbox', 'string')
    .registerFunction('glob(string, string): bool', (text: string, pattern: string) =>
      compileWildcards(pattern, false)(text, undefined, 0),
    );
  return (option, expression) => compile(environment, parameters, option, expression);
}

function compile(
  environment: Environment,
  parameters: Parameters,
  option: string,
  text: string,
): ReturnType<CompileWhen> {
  if (text.length > longestExpression) {
    return { mistake: mistake(0, `the expression has more than ${longestExpression} characters`, 'make it shorter') };
  }
  let program: ParseResult;
  try {
    program = environment.parse(text);
  } catch (thrown) {
    return { mistake: mistakeOf(thrown, parameters) };
  }
  const named = new Set<string>();
  const refused = findMistake(program.ast, named, parameters);
  if (refused !== undefined) return { mistake: refused };
  const { valid, type, error } = program.check();
  if (!valid) return { mistake: mistakeOf(error, parameters) };
  if (type !== 'bool')
    return { mistake: mistake(0, `the expression is of type ${type}, not true or false`, 'compare it') };
  return {
    when: evaluator(
      option,
      program,
      [...named].flatMap((field) => parameters.get(field) ?? []),
    ),
  };
}

function evaluator(option: string, program: ParseResult, used: readonly Parameter[]): When {
  const unmet: FilterReason = { option, detail: 'the expression is false' };
  return (event, { user, mailbox }) => {
    try {
      const fields = new EventFields();
      for (const parameter of used) {
        const value = valueIn(event, parameter);
        if (value !== undefined) fields[parameter.field] = value;
      }
      if (Object.hasOwn(fields, 'event')) fields['event'] = spellEventType(event.event);
      return program({ event: fields, user, mailbox }) === true ? undefined : unmet;
    } catch (thrown) {
      return { option, detail: `the expression says nothing of it: ${printable(summaryOf(thrown), 200)}` };
    }
  };
}

/** What the library says, without the drawing. */
function summaryOf(thrown: unknown): string {
  const { summary } = thrown as Partial<ParseError>;
  const [, key] = /^No such key: (.*)$/s.exec(summary ?? '') ?? [];
  return key === undefined ? (summary ?? messageOf(thrown)) : `it has no ${key}`;
}

function mistakeOf(thrown: unknown, parameters: Parameters): Mistake {
  const { code, range, summary = messageOf(thrown) } = thrown as Partial<ParseError | CelTypeError>;
  const at = range?.start ?? 0;
  const [, word] = /^(?:No such key|Unknown variable): (.*)$/s.exec(summary) ?? [];
  if (word === undefined) return mistake(at, printable(summary, 300));
  if (code === 'no_such_key') return unknownParameter(word, at, parameters);
  const similar = nearest(word, variables);
  const remedy = `there are ${variables.join(' ')}; a text stands in double quotes`;
  return mistake(
    at,
    `unknown name ${printable(word, 100)}`,
    similar === undefined ? remedy : `did you mean ${similar}?`,
  );
}
