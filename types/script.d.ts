/** What a script for belfry's method `script` exports, and what its functions are given. */
import type { MailEvent } from './events.js';

/** Integers beyond 2^53 are a bigint: modseq has up to 63 bits. */
export type WithBigInts<Event> = { readonly [Key in keyof Event]: Event[Key] extends number | undefined ? Event[Key] | bigint : Event[Key] };

export type EventOf<Type extends MailEvent['event']> = WithBigInts<Extract<MailEvent, { readonly event: Type }>>;

/** About the notification, beside its event. */
export interface Notification {
  /** The same in every attempt, after a crash and after a replay. */
  readonly id: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Milliseconds since 1970: when belfry received the request. */
  readonly receivedAt: number;
  /** `EVENT`, `MAIL`, `SIEVE`, `IMIP`, … */
  readonly class: string;
  /** The type of the event; absent for other classes. */
  readonly event?: string;
  readonly user: string;
  readonly mailbox: string;
}

/** What a function returns; without a value it is delivered. An exception means retry. */
export type Outcome =
  | { readonly status: 'delivered'; readonly detail?: string }
  /** belfry tries again, after `afterMs` milliseconds at the earliest. */
  | { readonly status: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** It becomes a dead letter with this reason. */
  | { readonly status: 'rejected'; readonly reason: string };

type Result = Outcome | undefined | void;

/** Called for each event of its type. `context` is what `begin` returned. */
export type EventFunction<Type extends MailEvent['event'], Context = unknown> = (
  event: EventOf<Type>,
  context: Context,
  notification: Notification,
) => Result | Promise<Result>;

/** Called before the events of one user and one mailbox. */
export type BeginFunction<Context = unknown> = (user: string) => Context | Promise<Context>;

/** Called after them. */
export type EndFunction<Context = unknown> = (context: Context) => void | Promise<void>;

/** A request of another class, or an event of a type for which there is no function. */
export type OtherFunction<Context = unknown> = (
  payload: Readonly<Record<string, unknown>>,
  context: Context,
  notification: Notification,
) => Result | Promise<Result>;

/**
 * The module. `begin` and `end` surround what is delivered together: events of one user and one mailbox, at least one. They are
 * delivered when `end` has resolved.
 */
export type Script<Context = unknown> = {
  readonly [Type in MailEvent['event']]?: EventFunction<Type, Context>;
} & {
  readonly begin?: BeginFunction<Context>;
  readonly end?: EndFunction<Context>;
  readonly other?: OtherFunction<Context>;
};
