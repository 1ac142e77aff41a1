/** What to say of an option that is not in the table: nothing for those of Cyrus, else what was probably meant. */
import type { Method } from '../notifier/notifier.ts';
import { nearest } from '../option/nearest.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import { cyrusPrefix, isCyrusOption, typoFor } from './cyrus-options.ts';
import { filterOptions } from './global-options.ts';
import type { NotifierNames } from './notifier-names.ts';
import { methodOption } from './notifier-options.ts';
import { servicePrefix, withoutService } from './service-prefix.ts';
import { didYouMean, type Named, namesOf, type OptionTable, ownOptions } from './table.ts';

/** With more unknown names than this the file is for something else; looking for what was meant takes time. */
const maxSuggestions = 200;

/** Where one of these is not written, nothing gets in, or nothing goes out: a slip in its name makes the daemon useless. */
const vital = ['notifiers', 'notifysocket', 'http_listen'];

/**
 * Judges names that are not in the `table`. An error where the name can only be meant for belfry: with its service
 * prefix, or with the name of a notifier or a method in front, or nearly that of a vital option that nobody has written.
 * Otherwise a warning, because it may be for something else that reads the file. `isWritten`: whether the configuration has
 * an option.
 */
export function judgeUnknown(
  methods: readonly Method[],
  { configured, builtIn, refused }: NotifierNames,
  common: OptionTable,
  table: OptionTable,
  isWritten: (option: string) => boolean,
): (name: string) => Problem | undefined {
  const notifiers = [...configured, ...builtIn];
  const names = [...table.keys()];
  let suggestions = 0;
  const any = new Set([...Object.keys(methodOption), ...Object.keys(filterOptions), ...common.keys()]);

  return (written) => {
    const name = withoutService(written);
    const ours = name !== written;
    if (isCyrusOption(name)) {
      return ours ? warning(`${name} is an option of Cyrus that belfry does not use`) : undefined;
    }

    if ([...refused].some((one) => name.startsWith(`${one}_`))) return undefined;
    const [, prefix = '', rest = ''] = /^([^_]*)_?(.*)$/s.exec(name) ?? [];
    const notifier = notifiers.find((candidate) => candidate.name === prefix);
    if (notifier && rest !== '' && !(isCyrusOption(rest) && !ours)) return ofNotifier(notifier, rest);
    if (methods.some((method) => method.name === prefix)) return ofMethod(name, prefix, rest);

    const service = ours ? undefined : cyrusPrefix(name);
    if (service !== undefined) {
      const meant = typoFor(service, ['belfry', ...namesOf(notifiers)]);
      if (meant === undefined) return undefined;
      const remedy = `did you mean ${meant}${name.slice(service.length)}?`;
      return warning(`this prefix means the service ${service} of Cyrus`, remedy);
    }
    if (Object.hasOwn(methodOption, name)) {
      return warning('the name of the notifier is missing', `write NAME_${name}`);
    }
    if (any.has(rest)) return unlisted(prefix, notifiers, rest, ours);
    const meant = near(name);
    const isVital = meant !== undefined && vital.includes(meant) && !isWritten(meant);
    const remedy = meant === undefined ? undefined : `did you mean ${ours ? servicePrefix : ''}${meant}?`;
    return (ours || isVital ? error : warning)('unknown option', remedy);
  };

  function near(name: string): string | undefined {
    suggestions += 1;
    return suggestions > maxSuggestions ? undefined : nearest(name, names);
  }

  function ofNotifier(notifier: Named, rest: string): Problem | undefined {
    const { name, method } = notifier;
    if (!method) {
      // Without its method nobody knows which options it has, but there are some that nobody has.
      if (any.has(rest)) return undefined;
      const candidates = [...any].map((key) => `${name}_${key}`);
      return error('no notifier has this option', didYouMean(`${name}_${rest}`, candidates));
    }
    const other = methods.find((candidate) => candidate !== method && rest.startsWith(`${candidate.name}_`));
    if (other && common.has(rest)) {
      return error(`this option belongs to the method ${other.name}, but the method of ${name} is ${method.name}`);
    }
    const own = [...ownOptions(notifier).keys()].map((key) => `${name}_${key}`);
    const bare = Object.hasOwn(method.options, rest) ? `did you mean ${name}_${method.name}_${rest}?` : undefined;
    const message = `the notifier ${name} has no option of this name`;
    return error(message, bare ?? hintOf(`${name}_${rest}`, own, method));
  }

  function ofMethod(name: string, prefix: string, rest: string): Problem {
    const own = [...common.keys()].filter((candidate) => candidate.startsWith(`${prefix}_`));
    if (any.has(rest)) {
      const of = namesOf(notifiers.filter(({ method }) => method?.name === prefix));
      const remedy = of.length > 0 ? `write ${of.map((notifier) => `${notifier}_${rest}`).join(', ')}` : undefined;
      return error(`unknown notifier ${prefix}`, remedy ?? `list one in notifiers`);
    }
    const method = methods.find((candidate) => candidate.name === prefix);
    return error(`the method ${prefix} has no option of this name`, hintOf(name, own, method));
  }
}

/** What was probably meant, else what there is. */
function hintOf(name: string, candidates: readonly string[], method: Method | undefined): string | undefined {
  const near = didYouMean(name, candidates);
  if (near !== undefined || method === undefined) return near;
  const options = Object.keys(method.options);
  return options.length === 0 ? `method ${method.name} has none` : `method ${method.name} has: ${options.join(', ')}`;
}

/** `crm_webhook_url` where crm is no notifier: probably switched off, or a slip. */
function unlisted(prefix: string, notifiers: readonly Named[], rest: string, ours: boolean): Problem {
  const meant = didYouMean(prefix, namesOf(notifiers))?.replace('?', `_${rest}?`);
  const remedy = meant ?? 'list it there, or remove this line';
  return (ours ? error : warning)(`${prefix} is not listed in notifiers`, remedy);
}
