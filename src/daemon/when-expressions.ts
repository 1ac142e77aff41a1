/** The expressions of NAME_when, compiled against the schemas. Where no notifier has one, nothing is loaded. */
import { BelfryError } from '../base/error.ts';
import type { NotifierConfiguration } from '../config/configuration.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import type { Mistake } from '../filter/when/subset.ts';
import type { When } from '../filter/when/when.ts';
import { error } from '../option/problem.ts';
import type { EventSchemas } from '../schema/event-schemas.ts';

interface Expressions {
  /** By name of the notifier. */
  readonly whens: ReadonlyMap<string, When>;
  readonly mistakes: ReadonlyMap<string, Mistake>;
}

type Selecting = Pick<NotifierConfiguration, 'name' | 'selection'>;

/** Throws BelfryError NOTIFIER_OPEN where the library is not installed. */
export async function compileExpressions(
  notifiers: readonly Selecting[],
  schemas: Pick<EventSchemas, 'catalogue'>,
): Promise<Expressions> {
  const [whens, mistakes] = [new Map<string, When>(), new Map<string, Mistake>()];
  const selecting = notifiers.filter(({ selection }) => selection.when !== undefined);
  if (selecting.length === 0) return { whens, mistakes };
  const [{ parametersOf }, { whenCompiler }] = await Promise.all([
    import('../filter/when/parameters.ts'),
    import('../filter/when/when.ts'),
  ]);
  const compile = await whenCompiler(parametersOf(schemas.catalogue().flatMap(({ parameters }) => parameters)));
  for (const { name, selection } of selecting) {
    const compiled = compile(`${name}_when`, selection.when ?? '');
    if ('when' in compiled) whens.set(name, compiled.when);
    else mistakes.set(name, compiled.mistake);
  }
  return { whens, mistakes };
}

/** What is wrong with the expressions, each with its line and the place in it. */
export async function expressionProblems({ readable, placeOf }: Loaded): Promise<readonly ConfigProblem[]> {
  const { notifiers, builtIns, schemaDirectory } = readable;
  const all = [...notifiers, ...builtIns];
  const [first] = all.filter(({ selection }) => selection.when !== undefined);
  if (first === undefined) return [];
  const place = ({ name }: Selecting) => placeOf(`${name}_when`, 'when');
  try {
    const { loadSchemas } = await import('../schema/load-schemas.ts');
    const schemas = await loadSchemas(schemaDirectory === undefined ? {} : { override: schemaDirectory });
    const { mistakes } = await compileExpressions(all, schemas);
    const found = all.flatMap((notifier): readonly ConfigProblem[] => {
      const mistake = mistakes.get(notifier.name);
      if (mistake === undefined) return [];
      const excerpt = { text: notifier.selection.when ?? '', at: mistake.at };
      return [{ ...place(notifier), ...mistake.problem, excerpt }];
    });
    // An expression for all notifiers is wrong once.
    return found.filter(({ file, line }, i) => found.findIndex((one) => one.file === file && one.line === line) === i);
  } catch (thrown) {
    if (!(thrown instanceof BelfryError)) throw thrown;
    // What is wrong with the schemas is said of their directory.
    return thrown.code === 'NOTIFIER_OPEN' ? [{ ...place(first), ...error(thrown.message) }] : [];
  }
}
