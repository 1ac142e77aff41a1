/** Makes the configuration of each notifier out of its own options, those for all, and those of its method. */
import type { FileNeed, Method } from '../notifier/notifier.ts';
import { docsOf, type OptionRecord } from '../option/option.ts';
import { type Configuration, dispatchSettings, filterChoice, type NotifierConfiguration } from './configuration.ts';
import type { Evaluation, Evaluator, Source } from './evaluator.ts';
import { formerNames } from './former-options.ts';
import { filterOptions } from './global-options.ts';
import { holdProblems, obstacleTo } from './holding.ts';
import type { NotifierNames } from './notifier-names.ts';
import { dispatchOptionsOf, methodOption, selectionOptions } from './notifier-options.ts';
import type { Place, ProblemList } from './problem.ts';
import { secretNeeds, settleSecrets } from './secrets.ts';
import type { Named } from './table.ts';

/** A notifier whose method is not known, or that lacks what it must have, is left out: that has been reported. */
export function configureNotifiers(
  { configured, builtIn }: NotifierNames,
  defaults: Pick<Configuration, 'filters' | 'servername' | 'postmaster'>,
  evaluator: Evaluator,
  problems: ProblemList,
  main: Place,
): Pick<Configuration, 'notifiers' | 'builtIns'> {
  // The built-in log gets everything where nothing else is configured, so it is shown as if it were configured.
  const alone = ({ name }: Named): boolean => configured.length === 0 && name === 'log';
  return {
    notifiers: configured.flatMap((named) => configure(named, false) ?? []),
    builtIns: builtIn.flatMap((named) => configure(named, true, alone(named)) ?? []),
  };

  /** `inFull`: list every value of it although it is built in. Undefined where something that it must have is missing. */
  function configure({ name, method }: Named, builtIn: boolean, inFull = false): NotifierConfiguration | undefined {
    if (!method) return undefined;
    const section = `${builtIn ? 'Built-in notifier' : 'Notifier'} ${name} (method ${method.name})`;
    const place = evaluator.find(`${name}_method`, 'notifiers') ?? main;
    const common = {
      section,
      ...(builtIn ? {} : { place }),
      ...(builtIn && !inFull ? { listed: isItsOwn } : {}),
    };
    const evaluate = <O extends OptionRecord>(record: O, rest: Pick<Evaluation<O>, 'names' | 'listed'>) =>
      evaluator.evaluate({ ...common, record, ...rest });
    const formsOf = (key: string): [string, ...string[]] => {
      const forAll = `${method.name}_${key}`;
      return builtIn ? [forAll] : [`${name}_${forAll}`, forAll];
    };

    if (!builtIn) evaluate(methodOption, { names: (key) => [`${name}_${key}`] });
    const shared = { names: (key: string): [string, string] => [`${name}_${key}`, key] };
    const selection = evaluate(selectionOptions, shared).values;
    const own = evaluate(method.options, { names: formsOf });
    const dispatch = evaluate(dispatchOptionsOf(method), {
      names: (key) => [`${name}_${key}`, ...(key === 'attempt_timeout' ? formerNames(name, method) : []), key],
    }).values;
    for (const { option, ...problem } of holdProblems(dispatch)) {
      const {
        file,
        line,
        name: written = option,
      } = evaluator.find(`${name}_${option}`, option) ?? { ...place, name: undefined };
      problems.add({ ...problem, file, line, option: written });
    }
    const ownExclusion = evaluator.find(`${name}_event_exclude_specialuse`) !== undefined;
    const ownFilters = Object.keys(filterOptions).some((key) => evaluator.find(`${name}_${key}`) !== undefined);
    const filterValues = ownFilters ? evaluate(filterOptions, { ...shared, listed: isItsOwn }).values : undefined;

    if (!own.complete) return undefined;
    const isWritten = (key: string): boolean => evaluator.find(`${name}_${method.name}_${key}`) !== undefined;
    const values = settleSecrets(method.options, own.values, isWritten);
    const { filters, servername, postmaster } = defaults;
    const classes = selection.classes?.map((word) => word.toUpperCase());
    // Of values that stand in for wrong ones nothing can be said.
    if (own.sound) {
      for (const [key, value] of Object.entries(method.implied?.(values) ?? {})) {
        if (evaluator.find(...formsOf(key)) === undefined) {
          evaluator.imply(formsOf(key)[0], value, formsOf('preset')[0]);
        }
      }
    }
    const holding = obstacleTo(dispatch);
    const found = own.sound ? method.check(values, { name, builtIn, classes, servername, postmaster, holding }) : [];
    const placeOf = (key: string): Place & { readonly option: string } => {
      const option = method.options[key];
      const inherits = option === undefined ? undefined : docsOf(option).inherits;
      const forms = option === undefined ? [key] : [...formsOf(key), ...(inherits === undefined ? [] : [inherits])];
      const { file, line, name: written = forms[0] ?? key } = evaluator.find(...forms) ?? { ...place, name: undefined };
      return { file, line, option: written };
    };
    for (const { option, ...problem } of found) problems.add({ ...problem, ...placeOf(option) });
    return {
      name,
      method,
      values,
      selection: { name, ...selection },
      // An option with the name of a notifier is for belfry wherever it stands.
      filters: filterValues ? filterChoice(filterValues, ownExclusion || filters.specialUseOnNotifysocket) : filters,
      dispatch: dispatchSettings(dispatch),
      builtIn,
      needs: needsOf(method, values).map((need) => ({
        ...need,
        ...placeOf(need.option),
      })),
      templates: (own.sound ? (method.templates?.(values) ?? []) : []).map((one) => ({
        ...one,
        ...placeOf(one.option),
      })),
    };
  }
}

/** What the method says of a file of a secret goes before what is known of every secret. */
function needsOf(method: Method, values: NotifierConfiguration['values']): readonly FileNeed[] {
  const own = method.files(values);
  const known = new Set(own.map(({ option }) => option));
  return [...own, ...secretNeeds(method.options, values).filter(({ option }) => !known.has(option))];
}

/** Whether somebody has written the value for this very notifier or its method. */
function isItsOwn(source: Source): boolean {
  if (source.kind === 'inherited') return isItsOwn(source.source);
  return source.kind === 'file' && source.as === undefined;
}
