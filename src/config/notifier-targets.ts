/** Which notifiers the names in default_notifiers, sieve_notifiers and the notifier options of Cyrus mean. */
import type { Method } from '../notifier/notifier.ts';
import { docsOf } from '../option/option.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { splitWords } from '../option/word-syntax.ts';
import type { Configuration } from './configuration.ts';
import type { Evaluator } from './evaluator.ts';
import { globalOptions } from './global-options.ts';
import { type ProblemList, placeOf } from './problem.ts';
import { didYouMean, methodNamed, namesOf } from './table.ts';

/** The options by which Cyrus chooses the method of each class. */
const cyrusOptions = { event_notifier: 'EVENT', mailnotifier: 'MAIL', sievenotifier: 'SIEVE', imipnotifier: 'IMIP' };

/**
 * Resolves the names. A name is a notifier's, else a method's (or its alias) and then means all notifiers of that
 * method, else the built-in one.
 */
export function resolveTargets(
  methods: readonly Method[],
  { notifiers, builtIns }: Pick<Configuration, 'notifiers' | 'builtIns'>,
  /** Whether a notifier of this name is listed that cannot be used: that has been reported. */
  isUnusable: (name: string) => boolean,
  evaluator: Evaluator,
  problems: ProblemList,
): Pick<Configuration, 'defaultNotifiers' | 'sieveNotifiers'> {
  const everybody = namesOf(notifiers.length > 0 ? notifiers : builtIns.filter(({ name }) => name === 'log'));
  // What `default` means: in default_notifiers itself, as without that option, all of them.
  let defaultNotifiers = everybody;
  if (evaluator.find('default_notifiers')) defaultNotifiers = listed('default_notifiers', '');

  const sievenotifier = evaluator.find('sievenotifier')?.value;
  const sieve = new Set(listed('sieve_notifiers', docsOf(globalOptions.sieve_notifiers).default ?? ''));
  for (const name of sievenotifier === undefined ? [] : resolve(sievenotifier)) sieve.add(name);
  for (const [option, requestClass] of Object.entries(cyrusOptions)) warnOfNobody(option, requestClass);
  return { defaultNotifiers, sieveNotifiers: [...sieve] };

  function resolve(word: string): readonly string[] {
    const name = word.toLowerCase();
    if (name === 'default') return defaultNotifiers;
    if (notifiers.some((notifier) => notifier.name === name)) return [name];
    const method = methodNamed(methods, name);
    const own = notifiers.filter((notifier) => notifier.method === method);
    return namesOf(own.length > 0 ? own : builtIns.filter((notifier) => notifier.method === method));
  }

  /** The names that an option means, each once; a name that nobody has is an error when it was written. */
  function listed(option: string, byDefault: string): readonly string[] {
    const setting = evaluator.find(option);
    const found = new Set<string>();
    for (const word of splitWords(setting?.value ?? byDefault)) {
      const names = resolve(word);
      for (const name of names) found.add(name);
      if (names.length > 0 || !setting || isUnusable(word.toLowerCase())) continue;
      problems.add({ ...placeOf(setting), ...nobody(word) });
    }
    return [...found];
  }

  function nobody(word: string): Problem {
    const method = methodNamed(methods, word);
    if (method) return error(`there is no notifier of method ${method.name}`, `list one in notifiers`);
    const known = [...namesOf(notifiers), ...methods.map(({ name }) => name)];
    const bare = word.replace(/^["',]+|["',]+$/g, '');
    if (bare !== word && bare !== '') {
      return error('write the names without quotes, separated by spaces, not commas', `write ${bare}`);
    }
    return error(`"${word}" is neither a notifier nor a method`, didYouMean(word, known));
  }

  function warnOfNobody(option: string, requestClass: string): void {
    const setting = evaluator.find(option);
    if (!setting || resolve(setting.value).length > 0 || isUnusable(setting.value.toLowerCase())) return;
    const { message, remedy } = nobody(setting.value);
    const whole = `${message}, so no notifier gets requests of class ${requestClass}`;
    problems.add({ ...placeOf(setting), ...warning(whole, remedy) });
  }
}
