/** Makes the configuration of each notifier out of its own options, those for all, and those of its method. */
import type { OptionRecord } from '../option/option.ts';
import { dispatchSettings, type FilterChoice, filterChoice, type NotifierConfiguration } from './configuration.ts';
import type { Evaluation, Evaluator, Source } from './evaluator.ts';
import { filterOptions } from './global-options.ts';
import type { NotifierNames } from './notifier-names.ts';
import { dispatchOptions, methodOption, selectionOptions } from './notifier-options.ts';
import type { Place } from './problem.ts';
import type { Named } from './table.ts';

export interface Notifiers {
  readonly notifiers: readonly NotifierConfiguration[];
  readonly builtIns: readonly NotifierConfiguration[];
}

/** `filters` are the daemon's. A notifier whose method is not known is left out: that has been reported. */
export function configureNotifiers(
  { configured, builtIn }: NotifierNames,
  filters: FilterChoice,
  evaluator: Evaluator,
  main: Place,
): Notifiers {
  // The built-in log is told everything where nothing else is configured, so it is shown as if it were.
  const alone = ({ name }: Named): boolean => configured.length === 0 && name === 'log';
  return {
    notifiers: configured.flatMap((named) => configure(named, false, filters, evaluator, main, false) ?? []),
    builtIns: builtIn.flatMap((named) => configure(named, true, filters, evaluator, main, alone(named)) ?? []),
  };
}

/** Undefined for a built-in one that lacks what only the administrator can know. `alone`: list it in full all the same. */
function configure(
  { name, method }: Named,
  builtIn: boolean,
  filters: FilterChoice,
  evaluator: Evaluator,
  main: Place,
  alone: boolean,
): NotifierConfiguration | undefined {
  if (!method) return undefined;
  const section = `${builtIn ? 'Built-in notifier' : 'Notifier'} ${name} (method ${method.name})`;
  const place = evaluator.find(`${name}_method`) ?? evaluator.find('notifiers') ?? main;
  const common = {
    section,
    ...(builtIn ? {} : { place }),
    ...(builtIn && !alone ? { listed: isItsOwn } : {}),
  };
  const evaluate = <O extends OptionRecord>(record: O, rest: Pick<Evaluation<O>, 'names' | 'listed'>) =>
    evaluator.evaluate({ ...common, record, ...rest });

  if (!builtIn) evaluate(methodOption, { names: (key) => [`${name}_${key}`] });
  const shared = { names: (key: string): [string, string] => [`${name}_${key}`, key] };
  const selection = evaluate(selectionOptions, shared).values;
  const own = evaluate(method.options, {
    names: (key) => {
      const forAll = `${method.name}_${key}`;
      return builtIn ? [forAll] : [`${name}_${forAll}`, forAll];
    },
  });
  const dispatch = evaluate(dispatchOptions, shared).values;
  const ownFilters = Object.keys(filterOptions).some((key) => evaluator.find(`${name}_${key}`) !== undefined);
  const filterValues = ownFilters ? evaluate(filterOptions, { ...shared, listed: isItsOwn }).values : undefined;

  if (builtIn && !own.complete) return undefined;
  return {
    name,
    method,
    values: own.values,
    selection: { name, ...selection },
    filters: filterValues ? filterChoice(filterValues) : filters,
    dispatch: dispatchSettings(dispatch),
    builtIn,
  };
}

/** Whether somebody has written the value for this very notifier or its method. */
function isItsOwn(source: Source): boolean {
  if (source.kind === 'inherited') return isItsOwn(source.source);
  return source.kind === 'file' && source.as === undefined;
}
