/** The schemas of the events, compiled: what they answer about an event, and how they describe themselves. */
import type { JsonObject, MailEvent } from '../base/event.ts';

/** What is wrong with one parameter. */
export interface ParameterError {
  /** Name of the parameter; empty when the schema blames the event as a whole. */
  readonly parameter: string;
  /** Names the parameter, what it holds and what is expected. One line; holds no more than a short quotation. */
  readonly message: string;
}

/** The most useful first: what is missing, then what is wrong; a few at most. */
export type ParameterErrors = readonly [ParameterError, ...ParameterError[]];

export type Validity =
  /** `known`: whether the type has a schema. An event of a type without one is valid. */
  { readonly ok: true; readonly known: boolean } | { readonly ok: false; readonly errors: ParameterErrors };

export interface ParameterDescription {
  readonly name: string;
  /** In words: `a whole number from 0`. */
  readonly type: string;
  /** The types of JSON that its value can have: `string`, `integer`, …, and `array of string`. None: any. */
  readonly types: readonly string[];
  /** Whether an event without it is refused. */
  readonly required: boolean;
  readonly description: string;
  /** Where the parameter is defined: `RFC 5423 §5`. */
  readonly source: string;
}

export interface EventDescription {
  /** The type. */
  readonly name: string;
  /** The groups of event_groups; none for a type that event_groups does not know. */
  readonly groups: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly source: string;
  /** The type's own first, then those that it has in common with others. */
  readonly parameters: readonly ParameterDescription[];
  /** What must be there beside the required parameters: `diskQuota or maxMessages`. */
  readonly rules: readonly string[];
  /** A valid event of the type, the first of the schema's `examples`. */
  readonly example?: JsonObject;
}

export interface EventSchemas {
  /** Never throws. Types are compared without case, so that `messageNew` and `MailboxUnsubscribe` are understood. */
  validate(event: MailEvent): Validity;
  /** Every type that has a schema, in the order of names. */
  catalogue(): readonly EventDescription[];
}
