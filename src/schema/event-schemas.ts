/** The schemas of the events, compiled: checks events, and describes what it checks. */
import type { MailEvent } from '../event.ts';

/** What is wrong with one parameter. */
export interface ParameterError {
  /** `uri`, `vnd.cmu.midset/0`; empty for the event as a whole. */
  readonly parameter: string;
  /** Names the parameter, what it holds, and what is expected. */
  readonly message: string;
}

export type Validity =
  /** `known`: whether the type has a schema. One without is valid. */
  | { readonly ok: true; readonly known: boolean }
  /** At least one error, the most telling first. */
  | { readonly ok: false; readonly errors: readonly ParameterError[] };

export interface ParameterDescription {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** Where the rule comes from: `RFC 5423 §5`. */
  readonly source: string;
}

export interface EventDescription {
  readonly name: string;
  readonly groups: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly parameters: readonly ParameterDescription[];
}

export interface EventSchemas {
  validate(event: MailEvent): Validity;
  /** All types in the order of their names. */
  catalogue(): readonly EventDescription[];
}
