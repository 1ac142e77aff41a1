/** What the API answers, as far as the page uses it. Times (`…At`) are milliseconds since the epoch. */

interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Remedy {
  readonly label: string;
  readonly kind: 'retry' | 'resume' | 'dead' | 'configuration';
  readonly notifier?: string | undefined;
}

export interface Trouble {
  readonly level: 'warning' | 'bad';
  readonly headline: string;
  readonly explanation: string;
  readonly action?: Remedy | undefined;
}

interface Verdict {
  readonly level: 'ok' | 'warning' | 'bad';
  readonly headline: string;
  readonly explanation: string;
  readonly action?: Remedy | undefined;
  readonly problems: readonly Trouble[];
}

export type StateKind = 'ok' | 'idle' | 'failing' | 'paused' | 'throttled' | 'held';

export interface NotifierStatus {
  readonly notifier: string;
  /** Absent: the consumer of unusable requests. */
  readonly method?: string | undefined;
  readonly label?: string | undefined;
  readonly builtIn?: boolean | undefined;
  readonly received: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly coalesced?: number | undefined;
  readonly waiting: number;
  readonly deferred: number;
  readonly dead: number;
  readonly dropped: number;
  readonly damaged: number;
  readonly receiver?: { readonly at: number; readonly failing?: string | undefined } | undefined;
  readonly lastFailure?: { readonly at: number; readonly reason: string } | undefined;
  readonly receiverPause?:
    | {
        readonly until: number;
        readonly reason: string;
        readonly isEndless?: boolean | undefined;
        readonly byAdministrator?: boolean | undefined;
      }
    | undefined;
  readonly oldestAt?: number | undefined;
  readonly nextAttemptAt?: number | undefined;
  readonly state: { readonly kind: StateKind; readonly text: string };
  readonly latency: Percentiles | null;
}

interface Refused {
  readonly at: number;
  readonly reason: string;
}

export interface Status {
  readonly version: string;
  readonly host: string;
  readonly startedAt: number;
  readonly at: number;
  readonly verdict: Verdict;
  readonly sockets: readonly string[];
  readonly spool: {
    readonly entries: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly retentionMs: number;
    readonly absence?: string | undefined;
  };
  readonly suspectedLosses: number;
  readonly received: { readonly total: number };
  readonly stored: Percentiles | null;
  readonly configuration: { readonly loadedAt: number; readonly refused?: Refused | undefined };
  readonly notifiers: readonly NotifierStatus[];
}

export interface History {
  readonly stepMs: number;
  readonly at: readonly number[];
  /** Per second. */
  readonly received: readonly number[];
  readonly delivered: readonly number[];
  readonly storedP99Ms: readonly (number | null)[];
  readonly notifiers: Readonly<
    Record<
      string,
      {
        readonly delivered: readonly number[];
        readonly p99Ms: readonly (number | null)[];
        readonly waiting: readonly number[];
      }
    >
  >;
}

interface Subject {
  readonly id: string;
  readonly receivedAt: number;
  readonly size: number;
  readonly class: string;
  readonly event: string;
  readonly user: string;
  readonly mailbox: string;
}

export interface Attempt {
  readonly at: number;
  readonly durationMs: number;
  readonly outcome: 'retry' | 'rejected';
  readonly reason: string;
}

interface Standing {
  readonly attempts: readonly Attempt[];
  /** 0: it waits after another of its mailbox. */
  readonly dueAt?: number | undefined;
  readonly heldBy?: string | undefined;
  readonly standsFor?: number | undefined;
  readonly diedAt?: number | undefined;
  readonly reason?: string | undefined;
}

export interface Item extends Subject, Standing {
  readonly kind: 'waiting' | 'deferred' | 'dead';
  readonly notifier: string;
}

type EventState = 'waiting' | 'deferred' | 'dead' | 'delivered' | 'filtered' | 'coalesced' | 'dropped' | 'finished';

export interface EventStanding extends Standing {
  readonly notifier: string;
  readonly state: EventState;
  readonly outcome?:
    | {
        readonly at: number;
        readonly attempts?: number | undefined;
        readonly option?: string | undefined;
        readonly detail?: string | undefined;
      }
    | undefined;
}

export interface EventRow extends Subject {
  readonly notifiers: readonly EventStanding[];
}

export interface Entry extends EventRow {
  readonly truncatedFrom?: number | undefined;
  /** Base64 of the beginning of the request. */
  readonly bytes: string;
}

export interface Group {
  readonly notifier: string;
  readonly reason: string;
  readonly count: number;
  readonly users: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface List<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

/** Which notifications are meant: all that is given must hold. */
interface Selection {
  readonly ids?: readonly string[];
  readonly reason?: string;
  readonly receivedUntilAt?: number;
}

export interface Meant {
  readonly notifier: string;
  readonly selection: Selection;
}

export interface Summary {
  readonly changed: number;
  readonly inProgress: number;
  readonly matching?: number | undefined;
  readonly at?: number | undefined;
}

export interface TestReport {
  readonly notifier: string;
  readonly method: string;
  readonly event: string;
  readonly id: string;
  readonly filteredBy?: { readonly option: string; readonly detail: string } | undefined;
  readonly outcome: {
    readonly status: string;
    readonly detail?: string | undefined;
    readonly reason?: string | undefined;
  };
  readonly durationMs: number;
  readonly exchange: readonly { readonly kind: string; readonly text: string }[];
}

export interface Configuration {
  readonly files: readonly string[];
  readonly loadedAt: number;
  readonly refused?: Refused | undefined;
  readonly options: readonly { readonly name: string; readonly value: string; readonly from: string }[];
}

export interface Session {
  readonly needsToken: boolean;
  readonly authenticated: boolean;
}
