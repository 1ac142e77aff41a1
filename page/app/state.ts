/** Everything that the page shows is in one object; views are made of it. */
import type {
  Configuration,
  Entry,
  EventRow,
  Group,
  History,
  Item,
  List,
  Meant,
  Session,
  Status,
  TestReport,
} from '../api/types.ts';
import type { ChangeKind } from '../model/changes.ts';
import { type LiveEvents, noEvents } from '../model/live-events.ts';
import type { Rates, Sample } from '../model/rates.ts';
import type { Route } from '../model/route.ts';

/** What was asked for: not answered yet when it has neither. */
export interface Loaded<T> {
  /** What it is the answer to. */
  readonly key: string;
  readonly value?: T;
  readonly problem?: string;
}

export interface ChangeDialog {
  readonly kind: 'change';
  readonly change: ChangeKind;
  readonly meant: Meant;
  /** Absent: being counted. */
  readonly counted?: { readonly matching: number; readonly at: number | undefined };
  /** More match than were counted before: the number has changed. */
  readonly hasChanged?: boolean;
}

export type Dialog = { readonly isBusy?: boolean; readonly problem?: string } & (
  | ChangeDialog
  | { readonly kind: 'pause'; readonly notifier: string }
  | { readonly kind: 'test'; readonly notifier: string; readonly report?: TestReport }
);

export interface State {
  readonly now: number;
  readonly route: Route;
  readonly session?: Session;
  readonly loginProblem?: string;
  readonly status?: Status;
  readonly history?: History;
  readonly samples: readonly Sample[];
  readonly rates?: Rates;
  /** Since when the daemon does not answer. */
  readonly unreachableSince?: number;
  /** Why it does not answer, if it does say so. */
  readonly unreachableReason?: string;
  readonly events: LiveEvents;
  readonly isLive: boolean;
  /** Arriving events are kept back while somebody reads. */
  readonly isHeld: boolean;
  readonly heldEvents: number;
  readonly search: string;
  readonly found?: Loaded<readonly EventRow[]>;
  readonly entry?: Loaded<Entry>;
  readonly groups?: Loaded<List<Group>>;
  readonly items?: Loaded<List<Item>>;
  readonly configuration?: Loaded<Configuration>;
  readonly isWholeConfiguration: boolean;
  readonly optionSearch: string;
  /** What is to be explained; `version` counts what the page has put there. */
  readonly explaining: { readonly text: string; readonly version: number };
  readonly explanation?: Loaded<string>;
  readonly dialog?: Dialog;
  /** What was done last, or what could not be. */
  readonly notice?: { readonly text: string; readonly isProblem: boolean };
}

export function firstState(route: Route, now: number): State {
  return {
    ...{ now, route, samples: [], events: noEvents, isLive: false, isHeld: false, heldEvents: 0 },
    search: route.search ?? '',
    ...{ isWholeConfiguration: false, optionSearch: '', explaining: { text: '', version: 0 } },
  };
}
