/** How a part of belfry declares an option: one zod schema, which is its type, its limits, its errors and, as its metadata, its documentation. */
import { z } from 'zod';
import { typoIn } from './typo.ts';

export interface OptionDocs {
  /** One or two sentences, complete, for the reference. */
  readonly description: string;
  /** What else there is to know: a paragraph of the reference, below the table. */
  readonly details?: string;
  /** The default, written as in the file, so that it passes through the same schema. */
  readonly default?: string;
  /** A default that is another (Cyrus) option's value, by name: `sendmail`. Wins over `default`. */
  readonly inherits?: string;
  /** Without it the configuration is refused. */
  readonly required?: true;
  /** What it means that the option has no value, in a few words: `all events`. For an option without a default. */
  readonly absent?: string;
  /** Never printed, never logged. */
  readonly secret?: true;
  /** It is the path of a file with the secret of this other option. */
  readonly fileOf?: string;
  /** Text for people, in which quotes, commas and a # may be meant. */
  readonly prose?: true;
  /** Accepted, and not offered: it is for tests. */
  readonly hidden?: true;
  /** A value as one would write it. */
  readonly example?: string;
}

/** How a value is written; names the section of the syntax in the reference. */
export type OptionKind =
  | 'text'
  | 'secret'
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
  | 'expression'
  | 'map';

type Metadata = OptionDocs & { readonly kind: OptionKind };

/** From the text in the file to the value; an issue's message says what is wrong and what would be right. */
export type Option<T = unknown> = z.ZodType<T, string>;

/** An optional value is never parsed when it is absent, so only the type says `undefined`. */
export type Declared<T, D extends OptionDocs> = Option<
  D extends { readonly default: string } | { readonly required: true } ? T : T | undefined
>;

export type OptionRecord = Readonly<Record<string, Option>>;

/** The checked values of a record of options; an option with neither default nor `required` may be undefined. */
export type OptionValues<O extends OptionRecord> = { readonly [K in keyof O]: z.output<O[K]> };

const metadata = z.registry<Metadata>();

/** An option whose value has this schema, under which it is documented. */
export function option<T, D extends OptionDocs>(kind: OptionKind, schema: Option<T>, docs: D): Declared<T, D> {
  // The same schema may serve several options.
  const own = schema.clone();
  metadata.add(own, { ...docs, kind });
  return own as Declared<T, D>;
}

export function docsOf(declared: Option): Metadata {
  const docs = metadata.get(declared);
  if (docs === undefined) throw new Error('this schema was not declared as an option');
  return docs;
}

/** The value that is written, or why it is none: which slip it comes from, or else what its schema says. */
export function readValue<T>(declared: Option<T>, written: string): { readonly value: T } | { readonly wrong: string } {
  const { success, data, error } = declared.safeParse(written);
  if (success) return { value: data };
  const { kind, prose } = docsOf(declared);
  return { wrong: typoIn(kind, written, prose) ?? error.issues[0]?.message ?? 'it is wrong' };
}
