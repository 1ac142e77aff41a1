/** Finds the value of each option among the settings, checks it, and remembers where it came from. */

import { docsOf, type Option, type OptionRecord, type OptionValues, readValue } from '../option/option.ts';
import { error } from '../option/problem.ts';
import { referenceIn } from '../option/secret.ts';
import { splitWords } from '../option/word-syntax.ts';
import { globalOptions } from './global-options.ts';
import { type Place, type ProblemList, placeOf } from './problem.ts';
import type { Setting } from './reader.ts';
import { withoutService } from './service-prefix.ts';

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'default' }
  /** `as` is the name in the file where it is another than the option's: `retry_for` for `crm_retry_for`. */
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly as?: string }
  /** The value of another option. */
  | { readonly kind: 'inherited'; readonly from: string; readonly source: Source };

/** A value that is in force, for people. */
export interface InForce {
  /** What it belongs to: `Socket`, `Notifier crm`. */
  readonly section: string;
  readonly option: string;
  /** As one would write it; a secret is hidden. Undefined when there is none. */
  readonly value: string | undefined;
  /** What it means that there is none. */
  readonly absent?: string;
  readonly source: Source;
}

export interface Evaluation<O extends OptionRecord> {
  readonly section: string;
  readonly record: O;
  /** The names that the option of this key may have in the file, the one that wins first. */
  readonly names: (key: string) => readonly [string, ...string[]];
  /** Where to report that an option is missing. Without it only `complete` says so. */
  readonly place?: Place;
  /** Whether a value is worth a line of `belfry check`; without it every value is. */
  readonly listed?: (source: Source) => boolean;
}

interface Evaluated<O extends OptionRecord> {
  /**
   * Where a value is wrong, an error has been reported and the default stands in for it. Only what is wrong or missing
   * and has no default is undefined although its type may say otherwise.
   */
  readonly values: OptionValues<O>;
  /** Whether every required option has a value. */
  readonly complete: boolean;
  /** Whether no value stands in for a wrong one. */
  readonly sound: boolean;
}

export interface Evaluator {
  evaluate<O extends OptionRecord>(evaluation: Evaluation<O>): Evaluated<O>;
  /** The setting of the first of these names that has one, without or with the service prefix, which wins. */
  find(...names: readonly string[]): Setting | undefined;
  /** Whether the value of a setting is right. What is wrong is reported also where nothing has asked for the value. */
  check(setting: Setting, option: Option): boolean;
  /** Lists this as the value of an option that nobody has written, because the option `from` implies it. */
  imply(option: string, value: string, from: string): void;
  readonly inForce: readonly InForce[];
}

/** A text that is to be parsed, and where it comes from. */
interface Candidate {
  readonly text: string;
  readonly source: Source;
  readonly setting?: Setting;
}

export function createEvaluator(settings: readonly Setting[], problems: ProblemList): Evaluator {
  const byName = new Map<string, Setting>();
  for (const setting of settings) {
    const name = withoutService(setting.name);
    if (setting.name !== name || !byName.has(name)) byName.set(name, setting);
  }
  const directory = stateDirectory(byName.get('configdirectory')?.value);
  const inForce: InForce[] = [];
  /** By which options the value of each setting has been checked: an inherited one by several. */
  const checked = new Map<Setting, Set<Option>>();

  return {
    inForce,
    find: (...names) => names.map((name) => byName.get(name)).find((setting) => setting !== undefined),
    imply(option, value, from) {
      const at = inForce.findIndex((one) => one.option === option);
      const entry = inForce[at];
      const source = inForce.find((one) => one.option === from)?.source;
      if (entry !== undefined && source !== undefined) {
        inForce[at] = { ...entry, value, source: { kind: 'inherited', from, source } };
      }
    },
    check(setting, option) {
      return parse(option, setting.name, expand(option, setting.value), setting).right;
    },
    evaluate<O extends OptionRecord>({ section, record, names, place, listed }: Evaluation<O>): Evaluated<O> {
      const values: Record<string, unknown> = {};
      let complete = true;
      let sound = true;
      for (const [key, option] of Object.entries(record)) {
        const forms = names(key);
        const candidate = choose(option, forms);
        if (candidate) {
          const { text, setting } = candidate;
          const parsed = parse(option, setting?.name ?? forms[0], text, setting);
          values[key] = parsed.value;
          if (!parsed.right) sound = false;
        }
        const { required, absent: meaning } = docsOf(option);
        if (required && values[key] === undefined) {
          complete = false;
          if (place && !candidate)
            problems.add({ ...place, option: forms[0], ...error('required, but not set', remedy(option)) });
        }
        const source: Source = candidate?.source ?? { kind: 'default' };
        if (listed && !listed(source)) continue;
        inForce.push({
          section,
          option: forms[0],
          value: candidate && shown(option, candidate.text),
          ...(required ? { absent: 'missing' } : meaning === undefined ? {} : { absent: meaning }),
          source,
        });
      }
      // Each value has come out of the schema of its own key; see `Evaluated` for the exception.
      return { values: values as OptionValues<O>, complete, sound };
    },
  };

  function choose(option: Option, forms: readonly [string, ...string[]]): Candidate | undefined {
    for (const name of forms) {
      const setting = byName.get(name);
      if (!setting) continue;
      const { file, line } = setting;
      const as = name === forms[0] ? {} : { as: name };
      return { text: expand(option, setting.value), source: { kind: 'file', file, line, ...as }, setting };
    }
    const { inherits, default: byDefault } = docsOf(option);
    const inherited = inherits === undefined ? undefined : inherit(inherits);
    if (inherited) return inherited;
    if (byDefault === undefined) return undefined;
    return { text: expand(option, byDefault), source: { kind: 'default' } };
  }

  function inherit(from: string): Candidate | undefined {
    const option = Object.entries<Option>(globalOptions).find(([name]) => name === from)?.[1];
    if (!option) throw new Error(`an option inherits "${from}", which does not exist`);
    const candidate = choose(option, [from]);
    return candidate && { ...candidate, source: { kind: 'inherited', from, source: candidate.source } };
  }

  function expand(option: Option, text: string): string {
    const { kind } = docsOf(option);
    if (kind === 'path' || kind === 'command') return text.replace(/^\{configdirectory\}/i, () => directory);
    return kind === 'patterns' ? text.replace(/(?<=^|\s|")\{configdirectory\}/gi, () => directory) : text;
  }

  /** The value, and whether it is right; what is wrong is reported once for each setting and option, and is the default or undefined. */
  function parse(option: Option, name: string, text: string, setting: Setting | undefined) {
    const read = readValue(option, text);
    const isNew = setting !== undefined && !checked.get(setting)?.has(option);
    if (setting && isNew) checked.set(setting, (checked.get(setting) ?? new Set()).add(option));
    if ('value' in read) return { value: read.value, right: true };

    const { wrong } = read;
    const { secret, kind, default: byDefault } = docsOf(option);
    // What nobody has written is a default: that it is right is for the tests of the tables to show.
    if (!setting) throw new Error(`the default of ${name} is wrong: ${wrong}`);
    if (isNew) {
      const message = secret && quotes(wrong, text) ? `the secret is not a valid ${kind}` : wrong;
      problems.add({ ...placeOf(setting), ...error(message) });
    }
    const value = byDefault === undefined ? undefined : option.parse(expand(option, byDefault));
    return { value, right: false };
  }
}

/** Whether a message gives away a part of a secret. */
function quotes(message: string, secret: string): boolean {
  return splitWords(secret).some((word) => message.includes(word));
}

/** What `{configdirectory}` stands for: the default where the value is not usable, which is reported elsewhere. */
function stateDirectory(written: string | undefined): string {
  const { configdirectory } = globalOptions;
  return configdirectory.safeParse(written).data ?? docsOf(configdirectory).default ?? '';
}

function remedy(option: Option): string | undefined {
  const { example, inherits } = docsOf(option);
  const parts = [example && `for example ${example}`, inherits && `or set ${inherits}`];
  return parts.filter((part) => part !== undefined).join(', ') || undefined;
}

function shown(option: Option, text: string): string {
  const { kind, secret } = docsOf(option);
  if (kind === 'secret' && referenceIn(text) !== undefined) return text;
  if (kind !== 'url' || !URL.canParse(text)) return secret ? '(secret)' : text;
  const url = new URL(text);
  // Enough to see where it leads to: a secret is in what follows.
  if (secret) return `${url.origin}/${url.pathname + url.search === '/' ? '' : '… (secret)'}`;
  if (url.password === '') return text;
  url.password = '***';
  return url.href;
}
