/** Names that options had in belfry 0.1.0: accepted until 0.3.0, with a warning that says the new one. */
import type { Method } from '../notifier/notifier.ts';
import { warning } from '../option/problem.ts';
import { type ConfigProblem, placeOf } from './problem.ts';
import type { Setting } from './reader.ts';
import { servicePrefix, withoutService } from './service-prefix.ts';
import { formerKey, type Named } from './table.ts';

/** What `NAME_attempt_timeout` of a notifier was called, the name that wins first. */
export function formerNames(notifier: string, method: Method): readonly string[] {
  const key = formerKey(method);
  return key === undefined ? [] : [`${notifier}_${key}`, key];
}

/** A warning for each setting that is written with its former name. */
export function formerNamesUsed(settings: readonly Setting[], notifiers: readonly Named[]): readonly ConfigProblem[] {
  const meaning = new Map<string, readonly string[]>();
  for (const { name, method } of notifiers) {
    for (const former of method === undefined ? [] : formerNames(name, method)) {
      meaning.set(former, [...(meaning.get(former) ?? []), `${name}_attempt_timeout`]);
    }
  }
  return settings.flatMap((setting): ConfigProblem[] => {
    const names = meaning.get(withoutService(setting.name));
    if (names === undefined) return [];
    const prefix = setting.name === withoutService(setting.name) ? '' : servicePrefix;
    const remedy = `write ${names.map((name) => `${prefix}${name}`).join(', ')}`;
    return [{ ...placeOf(setting), ...warning('this name is accepted until belfry 0.3.0', remedy) }];
  });
}
