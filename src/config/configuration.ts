/** The checked configuration: what the daemon is built from. */
import type { FilterSettings } from '../filter/filter.ts';
import type { Choice } from '../filter/selection.ts';
import type { SpecialUseEntry } from '../filter/special-use.ts';
import type { DatagramSetting } from '../intake/datagram-kind.ts';
import type { DlistDefaults, DlistSetting } from '../intake/dlist/dlist-kind.ts';
import type { HttpDefaults, HttpSetting } from '../intake/http/http-kind.ts';
import type { IntakeSetting } from '../intake/intake.ts';
import type { FileNeed, Method } from '../notifier/notifier.ts';
import type { TemplateNames } from '../notifier/template/names.ts';
import type { Rate } from '../option/number-syntax.ts';
import type { OptionValues } from '../option/option.ts';
import type { SpoolEngineName } from '../spool/table.ts';
import type { AdminSettings } from './admin-sockets.ts';
import type { InForce } from './evaluator.ts';
import type { daemonOptions, eventOptions, filterOptions } from './global-options.ts';
import { type HoldSettings, holdSettings } from './holding.ts';
import type { dispatchOptionsOf } from './notifier-options.ts';
import type { Place } from './problem.ts';

/** A socket to receive on, one shape for each transport. */
export type SocketSetting = DatagramSetting | DlistSetting | HttpSetting;

/** What is in force for every datagram socket, those included that are passed to the process. */
export type DatagramDefaults = Pick<DatagramSetting, 'storeFirst' | 'delayMs'>;

/** The event_* options; what is undefined changes nothing. */
export type FilterChoice = Omit<FilterSettings, 'specialUse'>;

export interface DispatchSettings {
  readonly concurrency: number;
  /** Milliseconds that one attempt may take. */
  readonly attemptTimeoutMs: number;
  /** What stays in order while one notification waits. */
  readonly order: 'received' | 'mailbox' | 'user' | 'none';
  /** Milliseconds to wait before the second attempt, the third, …; the last one repeats. Never empty. */
  readonly retryScheduleMs: readonly number[];
  /** Milliseconds after the first attempt at which a notification is given up. */
  readonly retryForMs: number;
  /** The longest pause that a receiver may ask for, in milliseconds. */
  readonly retryAfterMaxMs: number;
  /** When the circuit breaker opens, and for how long. */
  readonly breaker: { readonly failures: number; readonly pauseMs: number; readonly longestPauseMs: number };
  /** Absent: no limit. */
  readonly rate?: Rate;
  /** Absent: nothing is held back. */
  readonly hold?: HoldSettings;
  /** Where a new notifier begins in the spool; a number is a time in milliseconds since the epoch. */
  readonly from: 'end' | 'beginning' | number;
}

export interface NotifierConfiguration {
  readonly name: string;
  readonly method: Method;
  /** The checked values of `method.options`, for `method.open`. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly selection: Choice;
  /** Those of the daemon with what the notifier has of its own; the very same object where it has none. */
  readonly filters: FilterChoice;
  readonly dispatch: DispatchSettings;
  /** Not written in the configuration: there because a request may name its method. */
  readonly builtIn: boolean;
  /** The files without which it cannot do its work, each with the option that names it. */
  readonly needs: readonly (FileNeed & Place)[];
  /** What its templates ask for, each with its option. */
  readonly templates: readonly (TemplateNames & Place)[];
}

export interface Configuration {
  /** The files that it was read from, the main one first. */
  readonly files: readonly string[];
  /** Every value with where it comes from, secrets hidden. */
  readonly inForce: readonly InForce[];
  /** configdirectory. */
  readonly directory: string;
  readonly servername: string;
  readonly postmaster: string;
  readonly logLevel: OptionValues<typeof daemonOptions>['log_level'];
  /** Whether a successful delivery is worth a line of level info. */
  readonly logDeliveries: boolean;
  readonly spool: {
    readonly engine: SpoolEngineName;
    readonly directory: string;
    readonly maxBytes: number;
    readonly retentionMs: number;
  };
  /** Path of the socket for commands. */
  readonly controlSocket: string;
  readonly admin: AdminSettings;
  /** How far dispatch gives way to others, as nice(1) counts. */
  readonly dispatchNice: number;
  readonly shutdownGraceMs: number;
  /** At least one. */
  readonly sockets: readonly SocketSetting[];
  /** Of intakes that read their own options. */
  readonly otherIntakes: readonly IntakeSetting[];
  readonly http: HttpDefaults;
  readonly dlist: DlistDefaults;
  readonly datagram: DatagramDefaults;
  readonly filters: FilterChoice;
  readonly specialUse: readonly SpecialUseEntry[];
  readonly unknownEvents: OptionValues<typeof eventOptions>['unknown_events'];
  readonly schemaDirectory?: string;
  /** Those that are configured; may be none. */
  readonly notifiers: readonly NotifierConfiguration[];
  /**
   * Notifiers with defaults for the methods log, mailto, null, and exec if notify_external is set: for each of which no
   * notifier is configured. They are named like their methods; none is named like a configured notifier.
   */
  readonly builtIns: readonly NotifierConfiguration[];
  /** Names of notifiers, also built-in ones, for requests whose method is empty or `default`. At least one. */
  readonly defaultNotifiers: readonly string[];
  /** Names of notifiers, also built-in ones, that a request of class SIEVE may reach by naming a method. */
  readonly sieveNotifiers: readonly string[];
}

/** `specialUseOnNotifysocket`: see `FilterSettings`. */
export function filterChoice(
  values: OptionValues<typeof filterOptions>,
  specialUseOnNotifysocket: boolean,
): FilterChoice {
  return {
    groups: values.event_groups,
    excludeFlags: values.event_exclude_flags ?? [],
    excludeSpecialUse: values.event_exclude_specialuse,
    specialUseOnNotifysocket,
    extraParams: values.event_extra_params,
    contentMode: values.event_content_inclusion_mode,
    contentSize: values.event_content_size,
  };
}

const longestPauseMs = 300_000;

export function dispatchSettings(values: OptionValues<ReturnType<typeof dispatchOptionsOf>>): DispatchSettings {
  const hold = holdSettings(values);
  return {
    // What is delivered one after the other has one attempt in progress.
    concurrency: values.order === 'received' ? 1 : values.concurrency,
    attemptTimeoutMs: values.attempt_timeout,
    order: values.order,
    retryScheduleMs: values.retry_schedule,
    retryForMs: values.retry_for,
    retryAfterMaxMs: values.retry_after_max,
    breaker: { failures: values.breaker_failures, pauseMs: values.breaker_pause, longestPauseMs },
    from: values.from,
    ...(values.rate_limit === undefined ? {} : { rate: values.rate_limit }),
    ...(hold === undefined ? {} : { hold }),
  };
}
