/** The interface of a notifier: what it is given, what it answers, and how a method declares itself. */
import type { Logger } from 'pino';
import type { Coalesced } from '../base/coalesced.ts';
import type { JsonObject } from '../base/event.ts';
import type { LineSink } from '../base/line-sink.ts';
import type { TraceContext } from '../base/trace-context.ts';
import type { MailboxName } from '../decode/mailbox.ts';
import type { OptionRecord, OptionValues } from '../option/option.ts';
import type { OptionProblem } from '../option/problem.ts';
import type { NotifierContext } from './notifier-context.ts';
import type { Preview, PreviewServices } from './preview.ts';
import type { ReceiverAddress } from './receiver-address.ts';
import type { TemplateNames } from './template/names.ts';
import type { TestRun } from './test-run.ts';

/**
 * What became of one attempt. Expected failures are values; a throw is a bug and counts as `retry`.
 *
 * `afterMs`: this notification is not attempted again for so many milliseconds. `pauseMs`: nothing is attempted for so many
 * milliseconds, because the receiver is there and asks to be left alone. Then the attempt does not count: the notifier
 * pauses, for `retry_after_max` at the most, and this notification is attempted again after that.
 */
export type Outcome =
  | { readonly status: 'delivered'; readonly detail?: string }
  /** It is not to be delivered, by this option of the notifier: it counts as filtered. */
  | { readonly status: 'filtered'; readonly option: string; readonly detail: string }
  | { readonly status: 'retry'; readonly reason: string; readonly afterMs?: number; readonly pauseMs?: number }
  | { readonly status: 'rejected'; readonly reason: string };

/**
 * A `pauseMs` that ends only when an administrator resumes the notifier, or it is started again: a hundred years, whatever
 * `retry_after_max` allows.
 */
export const untilResumedMs = 100 * 365 * 86_400_000;

/** What is delivered: an event after the filters, or a request of another class. */
export interface Notification {
  /** Stays the same over all attempts and after a crash; holds no `.`. */
  readonly id: string;
  /** Milliseconds since the epoch: when belfry took the request. */
  readonly receivedAt: number;
  /** EVENT, MAIL, SIEVE, IMIP or whatever the sender wrote. */
  readonly class: string;
  /** Type of the event (`MessageNew`); absent for other classes. */
  readonly event?: string;
  /** As in the request; empty when the sender gave none. */
  readonly method: string;
  readonly priority: string;
  /** Whom it concerns: the request's user, or the event's. Empty when unknown. */
  readonly user: string;
  /** Name of the mailbox: the request's, or the one in the event's `uri`, decoded. Empty when there is none. */
  readonly mailbox: string;
  readonly options: readonly string[];
  /** EVENT: the event as JSON, as the sender wrote it where no filter changed it. Other classes: the message as it came. */
  readonly message: string;
  /** Set when the message is not UTF-8: written in ISO 8859-1 it is the bytes that were sent. */
  readonly messageCharset?: 'latin1';
  readonly fname?: string;
  /** See `Request.naming`. */
  readonly naming?: 'user';
  /**
   * What a program is given: for EVENT the filtered event; for other classes the envelope
   * `{class, method, priority, user, mailbox, options, message, fname?}`, where an IMIP message is the parsed object in `imip`.
   */
  readonly payload: JsonObject;
  /** The payload as one line of JSON that may be shown (`escapedJson`), made once for all notifiers; absent for other classes. */
  readonly printable?: string;
  /** Earlier notifications that it stands for, by `NAME_throttle` or `NAME_debounce`. Absent: it stands for itself alone. */
  readonly coalesced?: Coalesced;
}

export interface Delivery {
  readonly notification: Notification;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** What must stay in order: of two deliveries with the same lane, the one that comes first is delivered first. */
  readonly lane: string;
  /** That of this attempt, where attempts are traced. */
  readonly trace?: TraceContext;
}

/** Why the signal of an attempt aborts (its `reason`): its time is over (`NAME_attempt_timeout`), or the daemon stops. */
export type AbortReason = 'timeout' | 'shutdown';

/** Milliseconds within which a call settles after its signal has aborted; one that has not is abandoned. */
export const settlesWithinMs: Readonly<Record<AbortReason, number>> = { timeout: 10_000, shutdown: 3000 };

/** The reason of an aborted signal. */
export function abortReason({ reason }: AbortSignal): AbortReason {
  return reason === 'timeout' ? 'timeout' : 'shutdown';
}

/**
 * Gives the attempt under way `ms` milliseconds from now on, instead of what is left of its time: for a receiver that may
 * have everything and has only to confirm it, so that giving up would deliver twice.
 */
export type Extend = (ms: number) => void;

/** How dispatch fills the calls of a notifier whose receiver prefers a few large requests to many small ones. */
export interface Gathering {
  /** So long, in milliseconds, the first delivery that could go waits until the call is full; 0: a call takes what is there. */
  readonly delayMs: number;
  /** A call is full, too, when the requests that it would take have so many bytes. */
  readonly bytes: number;
}

/** An opened notifier. It makes attempts; retrying, order and giving up are dispatch's business. */
export interface Notifier {
  /** The most deliveries that one call takes. */
  readonly maxBatch: number;
  /** Absent: a call takes what is there. */
  readonly gathering?: Gathering;
  /** Until when an event is held back to be in one message about many, `key` being its user. Pure. Absent: none is. */
  readonly digest?: { endAfter(key: string, receivedAt: number): number };
  /**
   * Attempts the deliveries; outcome i is that of delivery i. Those of one lane are attempted in order, and none of it is
   * delivered after an earlier one of it failed; several lanes may be in progress at the same time. It needs no limit of time
   * of its own: `signal` aborts with an {@link AbortReason}, the call settles {@link settlesWithinMs} after that, and what
   * has not been delivered by then is `retry`. What a call answers that was abandoned counts for nothing.
   */
  notify(deliveries: readonly Delivery[], signal: AbortSignal, extend?: Extend): Promise<readonly Outcome[]>;
  /** Gives back what `open` acquired, and ends what abandoned calls have left behind. Idempotent. */
  close(): Promise<void>;
}

/** What the daemon gives to every notifier. */
export interface Services {
  /** Name of the notifier in the configuration. */
  readonly name: string;
  readonly log: Logger;
  readonly output: LineSink;
  readonly servername: string;
  readonly postmaster: string;
  /** The special-use attributes of a mailbox, by the option `special_use`: `\\Junk`. */
  specialUse(mailbox: MailboxName): ReadonlySet<string>;
  /** Where a notifier may keep a small file of its own, named after it. */
  readonly directory: string;
  /** Version of belfry, for User-Agent and the like. */
  readonly version: string;
  /** How many calls of the notifier are under way at the same time, at the most. */
  readonly concurrency: number;
  /** After how many milliseconds the signal of a call aborts: for the reason of an outcome, and for libraries that ask for it. */
  readonly attemptTimeoutMs: number;
  /** Set by `belfry test`: what is sent is marked as a test and reported. */
  readonly test?: TestRun;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** What a notifier needs of the system: a program to run, a directory or a user to run it in and as, a file to append lines to, certificates to trust, a text to read, a secret on its first line. */
export interface FileNeed {
  /** A key of the method's options. */
  readonly option: string;
  /** Of a user or a group, its name or number; of a credential or a variable, its name. */
  readonly path: string;
  readonly use:
    | 'program'
    | 'script'
    | 'directory'
    | 'user'
    | 'group'
    | 'append'
    | 'certificates'
    | 'key'
    | 'secret'
    | 'credential'
    | 'variable'
    | 'text';
  /** For the use `text`: what is wrong with what the file holds, with the line; for `secret`, with its first line; undefined when nothing is. */
  mistakeIn?(text: string): string | undefined;
}

/** How long an attempt of a method may take where `NAME_attempt_timeout` is not set. */
interface AttemptTimeout {
  /** As it is written in the file. */
  readonly default: string;
  /** What the time includes, and what happens then, where it needs saying: whole sentences for the reference. */
  readonly description?: string;
  /** The option of the method that belfry 0.1.0 had for it (`timeout`): it is accepted with a warning. */
  readonly former?: string;
}

/**
 * One way to deliver, before it is opened. `options` both checks and documents its configuration; `Values` are those that it has
 * checked.
 */
export interface Method<Values = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** Other names under which a request or the configuration may ask for it (`external` for exec). */
  readonly aliases: readonly string[];
  /** One sentence for the reference. */
  readonly summary: string;
  /** Option `url` of method webhook is written `webhook_url` (for all) or `NAME_webhook_url` (for one notifier). */
  readonly options: OptionRecord;
  readonly attemptTimeout: AttemptTimeout;
  /**
   * Why a request of another class than EVENT is of no use to a notifier with these values; it is filtered then, and not
   * attempted: by which option, and the reason. Pure. For what a mail user can send without limit: rejecting it would fill the dead letters.
   */
  unfit?(
    values: Values,
  ): (notification: Notification) => { readonly option: string; readonly detail: string } | undefined;
  /**
   * What is wrong with values that are each right by themselves, without I/O. What it calls an error, `open` refuses. A
   * mistake names a key of the method's options, or an option for all.
   */
  check(values: Values, context: NotifierContext): readonly OptionProblem[];
  /** What these values stand for, by options that are not written, as one would write them: for `belfry check`. */
  implied?(values: Values): Readonly<Record<string, string>>;
  /** The requests of a notifier with these values; see `preview.ts`. Loads what it needs. */
  preview?(values: Values, services: PreviewServices): Promise<(notification: Notification) => Preview>;
  /** The files without which it cannot do its work; `check` and `serve` look for them. */
  files(values: Values): readonly FileNeed[];
  /** Where it connects to, for `belfry doctor`. Absent: it makes no connection. Pure, but for what it reads of the environment. */
  addresses?(values: Values): readonly ReceiverAddress[];
  /** What its templates ask for, with all of them that are written or in force by default. */
  templates?(values: Values): readonly TemplateNames[];
  /** Acquires what the notifier needs; optional libraries are imported here. Throws BelfryError NOTIFIER_OPEN. */
  open(values: Values, services: Services): Promise<Notifier>;
}

type Defaults = 'aliases' | 'attemptTimeout' | 'check' | 'files';

/** A method as it is declared: what it leaves out is empty, and an attempt may take a minute. */
type Definition<O extends OptionRecord> = Omit<Method<OptionValues<O>>, Defaults | 'options'> &
  Partial<Pick<Method<OptionValues<O>>, Defaults>> & { readonly options: O };

/** Declares a method with the types of its options inferred; the loader guarantees that `open` gets checked values. */
export function defineMethod<O extends OptionRecord>(definition: Definition<O>): Method {
  return { aliases: [], attemptTimeout: { default: '1m' }, check: () => [], files: () => [], ...definition };
}

/** Makes a notifier out of a function that attempts one delivery; see `Notifier.notify` for `signal` and `extend`. */
export function single(
  attempt: (delivery: Delivery, signal: AbortSignal, extend?: Extend) => Promise<Outcome>,
  close: () => Promise<void> = async () => {},
): Notifier {
  return {
    maxBatch: 1,
    notify: async (deliveries, signal, extend) => {
      const outcomes: Outcome[] = [];
      for (const delivery of deliveries) outcomes.push(await attempt(delivery, signal, extend));
      return outcomes;
    },
    close,
  };
}
