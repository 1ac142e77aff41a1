/** Warnings about notifiers that can never get what they ask for, because no filter lets it through. */
import { groupNamed, groupsOf, typesNamed } from '../filter/groups.ts';
import { warning } from '../option/problem.ts';
import type { NotifierConfiguration } from './configuration.ts';
import type { ConfigProblem, OptionPlace } from './problem.ts';

/** What a notifier asks for, as far as it matters here. */
type Asking = Pick<NotifierConfiguration, 'name' | 'selection'> & {
  readonly filters: { readonly groups: readonly string[] };
};

/** `ofCyrus`: the groups are those that Cyrus reports. */
export function undeliverable(
  notifiers: readonly Asking[],
  placeOf: (name: string, common: string) => OptionPlace,
  ofCyrus = false,
): readonly ConfigProblem[] {
  return notifiers.flatMap(({ name, selection, filters }): readonly ConfigProblem[] => {
    const { events, classes } = selection;
    if (events === undefined || (classes && !classes.some((word) => word.toUpperCase() === 'EVENT'))) return [];
    const on = new Set<string>(filters.groups);
    const passes = (type: string): boolean => {
      const groups = groupsOf(type);
      return groups.length === 0 || groups.some((group) => on.has(group));
    };
    const held = events.filter((word) => !typesNamed(word).some(passes));
    if (held.length === 0) return [];
    const option = ofCyrus ? 'event_groups of Cyrus' : placeOf(`${name}_event_groups`, 'event_groups').option;
    const lacking = [...new Set(held.map((word) => groupNamed(word) ?? groupsOf(word)[0] ?? word))];
    const what = held.length === events.length ? 'no event can pass' : `${held.join(' ')} never passes`;
    const message = `${what}: ${option} lacks ${lacking.join(' ')}`;
    const problem = warning(message, `add ${lacking.join(' ')} to ${option}`);
    return [{ ...placeOf(`${name}_events`, 'events'), ...problem }];
  });
}
