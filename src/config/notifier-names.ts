/** Which notifiers there are, by name and method: the configured ones, and those that are built in. */
import type { Method } from '../notifier/notifier.ts';
import { error } from '../option/problem.ts';
import { typoIn } from '../option/typo.ts';
import { splitWords } from '../option/word-syntax.ts';
import type { Evaluator } from './evaluator.ts';
import { type ProblemList, placeOf } from './problem.ts';
import type { Setting } from './reader.ts';
import { trimmed } from './setting-line.ts';
import { didYouMean, methodNamed, type Named, nameClash, type OptionTable } from './table.ts';

export interface NotifierNames {
  readonly configured: readonly Named[];
  /** None of them has the name or the method of a configured one. */
  readonly builtIn: readonly Named[];
  /** Names that are listed and cannot be used: that has been reported, and needs not be again for their options. */
  readonly refused: ReadonlySet<string>;
}

const maxNotifiers = 64;
const maxNameLength = 64;

/**
 * `belfry_` is the service prefix; `default` in a request means the default notifiers; `unusable`, until 0.2.0 `set-aside`,
 * is the consumer of unusable requests.
 */
const reserved: ReadonlySet<string> = new Set(['belfry', 'default', 'unusable', 'set-aside']);

/** Methods that a request may name although nothing is configured for them. */
const builtInMethods: readonly string[] = ['log', 'mailto', 'null', 'exec'];

const punctuation = new Set(['"', "'", ',']);

export function nameNotifiers(
  methods: readonly Method[],
  common: OptionTable,
  evaluator: Evaluator,
  problems: ProblemList,
): NotifierNames {
  const configured = new Map<string, Named>();
  const refused = new Set<string>();
  /** The whole value without punctuation, made once for however many words. */
  let right: string | undefined;
  const setting = evaluator.find('notifiers');
  for (const written of setting ? splitWords(setting.value) : []) {
    const word = reportPunctuation(written, setting);
    // The names of options are folded, so those of notifiers are too.
    const name = word.toLowerCase();
    const notifier = { name, method: methodOf(name) };
    const fault = faultOf(name) ?? collisionOf(notifier);
    if (fault === undefined) {
      configured.set(name, notifier);
    } else if (setting) {
      refused.add(name);
      report(setting, `"${word}" cannot be the name of a notifier: ${fault}`);
    }
  }
  for (const { name, method } of configured.values()) if (!method) reportMethod(name);

  const taken = new Set([...configured.values()].flatMap(({ name, method }) => [name, method?.name ?? name]));
  const builtIn = builtInMethods
    .filter((name) => !taken.has(name) && (name !== 'exec' || evaluator.find('notify_external') !== undefined))
    .map((name) => ({ name, method: methodNamed(methods, name) }))
    .filter(({ method }) => method !== undefined);
  return { configured: [...configured.values()], builtIn, refused };

  /** The word without quotes and commas around it, which are reported once and change nothing of what follows. */
  function reportPunctuation(word: string, place: Setting | undefined): string {
    const bare = trimmed(word, punctuation);
    if (bare === word || bare === '' || place === undefined) return word;
    right ??= splitWords(place.value.replace(/["',]/g, ' ')).join(' ');
    const message = word.includes(',')
      ? 'separate the names by spaces, not commas'
      : 'remove the quotes around the names';
    report(place, message, `write ${place.name}: ${right}`);
    return bare;
  }

  function methodOf(name: string): Method | undefined {
    return methodNamed(methods, evaluator.find(`${name}_method`)?.value ?? name);
  }

  function faultOf(name: string): string | undefined {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) {
      const right = name.replaceAll('_', '-');
      const meant = /^[a-z][a-z0-9-]*$/.test(right) ? `: write ${right}` : '';
      return `it must be letters, digits and -, and begin with a letter${meant}`;
    }
    if (name.length > maxNameLength) return `it is longer than ${maxNameLength} characters`;
    if (reserved.has(name)) return 'the name is reserved: choose another one';
    if (configured.has(name)) return 'it is listed twice';
    return configured.size >= maxNotifiers ? `there are ${maxNotifiers} notifiers already` : undefined;
  }

  function collisionOf(notifier: Named): string | undefined {
    const option = nameClash(common, notifier);
    return option && `its option ${option} exists already, with another meaning`;
  }

  function reportMethod(name: string): void {
    const own = evaluator.find(`${name}_method`);
    const known = methods.map((method) => method.name);
    if (own) {
      const near = didYouMean(own.value, known) ?? `the methods are ${known.join(' ')}`;
      const typo = typoIn('text', own.value);
      if (typo === undefined) report(own, `"${own.value}" is not a method`, near);
      else report(own, typo, `write one of ${known.join(' ')}`);
    } else if (setting) {
      report(setting, `the notifier ${name} has no method`, `write ${name}_method: one of ${known.join(' ')}`);
    }
  }

  function report(place: Setting, message: string, remedy?: string): void {
    problems.add({ ...placeOf(place), ...error(message, remedy) });
  }
}
