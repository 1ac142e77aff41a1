/** The option table: every name that an option may have in the file, given the methods and the notifiers. */
import type { Method } from '../notifier/notifier.ts';
import { nearest } from '../option/nearest.ts';
import type { Option } from '../option/option.ts';
import { isCyrusOption } from './cyrus-options.ts';
import { filterOptions, globalOptions } from './global-options.ts';
import { dispatchOptions, methodOption, sharedOptions } from './notifier-options.ts';

/** A notifier as far as its options' names go. */
export interface Named {
  readonly name: string;
  /** Undefined when it is not known which method is meant. */
  readonly method: Method | undefined;
}

export const namesOf = (notifiers: readonly Pick<Named, 'name'>[]): readonly string[] =>
  notifiers.map(({ name }) => name);

export type OptionTable = ReadonlyMap<string, Option>;

/** What follows the name of a notifier whatever its method. */
const everyNotifier = { ...methodOption, ...sharedOptions, ...filterOptions };

/** The names that do not depend on the notifiers. A method whose options cannot be distinguished is a bug: throws. */
export function commonTable(methods: readonly Method[]): OptionTable {
  const table = new Map<string, Option>(Object.entries({ ...globalOptions, ...sharedOptions }));
  for (const method of methods) {
    for (const [key, option] of Object.entries(method.options)) {
      const name = `${method.name}_${key}`;
      if (Object.hasOwn(everyNotifier, key) || table.has(name) || isCyrusOption(name)) {
        throw new Error(`option ${key} of method ${method.name} has a name that means something else already`);
      }
      table.set(name, option);
    }
    const former = formerKey(method);
    if (former !== undefined) table.set(former, dispatchOptions.attempt_timeout);
  }
  return table;
}

/** What `attempt_timeout` was called for all notifiers of a method: `webhook_timeout`; undefined for methods that had none. */
export function formerKey({ name, attemptTimeout: { former } }: Method): string | undefined {
  return former === undefined ? undefined : `${name}_${former}`;
}

/** What one notifier's options are, by the names without that of the notifier: `events`, `webhook_url`. */
export function ownOptions({ method }: Named): ReadonlyMap<string, Option> {
  const own = new Map<string, Option>(Object.entries(everyNotifier));
  for (const [key, option] of Object.entries(method?.options ?? {})) own.set(`${method?.name}_${key}`, option);
  const former = method && formerKey(method);
  if (former !== undefined) own.set(former, dispatchOptions.attempt_timeout);
  return own;
}

/** All names. Of two equal ones that of the `common` table stays; {@link nameClash} finds that out beforehand. */
export function fullTable(common: OptionTable, notifiers: readonly Named[]): OptionTable {
  const table = new Map<string, Option>();
  for (const notifier of notifiers) {
    for (const [key, option] of ownOptions(notifier)) table.set(`${notifier.name}_${key}`, option);
  }
  for (const [name, option] of common) table.set(name, option);
  return table;
}

/** The option of a notifier that would mean something else already, as `autocreate_users` does in Cyrus. */
export function nameClash(common: OptionTable, notifier: Named): string | undefined {
  for (const key of ownOptions(notifier).keys()) {
    const name = `${notifier.name}_${key}`;
    if (common.has(name) || isCyrusOption(name)) return name;
  }
  return undefined;
}

/** The method of this name or alias, in any case (Cyrus notifyd compares so). */
export function methodNamed(methods: readonly Method[], word: string): Method | undefined {
  const wanted = word.toLowerCase();
  return methods.find(({ name, aliases }) => [name, ...aliases].some((known) => known.toLowerCase() === wanted));
}

/** A remedy where the word is nearly one of the candidates. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? undefined : `did you mean ${near}?`;
}
