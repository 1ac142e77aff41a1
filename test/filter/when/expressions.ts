/** Expressions of NAME_when, compiled against the schemas of belfry and tried on an event. */
import type { MailEvent } from '../../../src/base/event.ts';
import { type DescribedParameter, type Parameters, parametersOf } from '../../../src/filter/when/parameters.ts';
import type { Mistake } from '../../../src/filter/when/subset.ts';
import { type About, type When, whenCompiler } from '../../../src/filter/when/when.ts';
import { loadSchemas } from '../../../src/schema/load-schemas.ts';

export const described: readonly DescribedParameter[] = (await loadSchemas())
  .catalogue()
  .flatMap(({ parameters }) => parameters);
export const known: Parameters = parametersOf(described);
const compile = await whenCompiler(known);

export const option = 'crm_when';

export function compiled(expression: string): When {
  const result = compile(option, expression);
  if ('when' in result) return result.when;
  throw new Error(`${expression}: ${result.mistake.problem.message}`);
}

export function mistakeIn(expression: string): Mistake | undefined {
  const result = compile(option, expression);
  return 'mistake' in result ? result.mistake : undefined;
}

/** `true`, `false`, or `missing` where the expression says nothing of the event. */
export function answer(expression: string, event: MailEvent, about: Partial<About> = {}): string {
  const reason = compiled(expression)(event, { user: '', mailbox: '', ...about });
  if (reason === undefined) return 'true';
  return reason.detail.includes(': ') ? 'missing' : 'false';
}
