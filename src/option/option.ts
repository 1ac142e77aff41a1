/** How a part of belfry declares an option: a zod schema that checks the written value, and the words that document it. */
import type { z } from 'zod';

export interface OptionDocs {
  /** One or two sentences, complete, for the reference. */
  readonly description: string;
  /** The default, written as in the file, so that it passes through the same parser. */
  readonly default?: string;
  /** A default that is another (Cyrus) option's value, by name: `sendmail`. Wins over `default`. */
  readonly inherits?: string;
  /** Without it the configuration is refused. */
  readonly required?: true;
  /** What it means that the option has no value, in a few words: `all events`. For an option without a default. */
  readonly absent?: string;
  /** Never printed, never logged. */
  readonly secret?: true;
  /** Text for people, in which quotes, commas and a # may be meant. */
  readonly prose?: true;
  /** A value as one would write it. */
  readonly example?: string;
}

/** How a value is written; names the section of the syntax in the reference. */
export type OptionKind =
  | 'text'
  | 'path'
  | 'mode'
  | 'switch'
  | 'integer'
  | 'duration'
  | 'durations'
  | 'rate'
  | 'size'
  | 'words'
  | 'patterns'
  | 'choice'
  | 'url'
  | 'command'
  | 'map';

export interface Option<T> extends OptionDocs {
  readonly kind: OptionKind;
  /** The words that are allowed, for `choice` and `words`. */
  readonly allowed?: readonly string[];
  /** From the text in the file to the value; an issue's message says what is wrong and what would be right. */
  readonly schema: z.ZodType<T, string>;
}

export type OptionRecord = Readonly<Record<string, Option<unknown>>>;

/** The checked values of a record of options; an option with neither default nor `required` may be undefined. */
export type OptionValues<O extends OptionRecord> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never;
};
