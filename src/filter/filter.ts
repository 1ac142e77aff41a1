/** What the filters work on and what they answer: shared by the filters themselves, `examine` and the configuration. */

/** Why something was held back: the option that did it, and the words for a person. */
export interface FilterReason {
  /** `event_groups`, `event_exclude_flags`, `NAME_events`, …: also the label of the count. */
  readonly option: string;
  readonly detail: string;
}

/** What a filter changed in an event that goes on. */
export interface FilterChange {
  readonly option: string;
  readonly detail: string;
}
