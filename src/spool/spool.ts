/**
 * The interface of the spool: requests in the order they came, and for each consumer (notifier) how far it has got.
 * Nothing outside this folder knows which engine keeps it; every engine passes `test/contract/spool.ts`.
 *
 * A consumer has a cursor: every entry up to it is finished or has been deferred. What is finished beyond it, because an
 * earlier entry is not, is remembered as well (`ahead`). A deferred entry belongs to a lane (its mailbox, when order
 * matters). Only the first of a lane, its head, has a time at which it is due; when the head leaves, the next one becomes
 * head and keeps its own `dueAt`. What one `commit` says happens as a whole or not at all.
 */
import type { Coalesced } from '../base/coalesced.ts';
import type { Accepted, Entry, Position, RawRequest } from '../base/request.ts';
import type { SpoolMemory } from './spool-memory.ts';
import type { Tally } from './tally.ts';
import type { WorkNotes } from './work-notes.ts';

/** One attempt as it is remembered. */
export interface AttemptRecord {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
  readonly outcome: 'retry' | 'rejected';
  readonly reason: string;
}

/** An entry that a consumer has to come back to. */
export interface Deferral {
  readonly position: Position;
  readonly lane: string;
  /** When the next attempt may be made, in milliseconds since the epoch; 0 for one that only waits after its lane's head. */
  readonly dueAt: number;
  readonly attempts: readonly AttemptRecord[];
  /** `AskedPause.totalMs` when the first attempt failed: what was added since does not count in `retry_for`. Absent: 0. */
  readonly pausedMs?: number;
  /** Absent: it stands for itself alone. */
  readonly coalesced?: Coalesced;
}

/** A pause that the receiver (Retry-After) or an administrator has asked for: nothing is attempted meanwhile. */
export interface AskedPause {
  /** When it was asked for, in milliseconds since the epoch. */
  readonly at: number;
  /** When it ends; it may be over. */
  readonly until: number;
  readonly reason: string;
  /** Milliseconds of all pauses of the consumer so far, this one included. */
  readonly totalMs: number;
  /** Absent: the receiver has asked for it. */
  readonly by?: 'administrator';
}

/** An entry that a consumer has given up, with all that is known about why. Keeps the request itself. */
export interface DeadLetter {
  readonly entry: Entry;
  readonly lane: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string;
  readonly attempts: readonly AttemptRecord[];
}

/** What the last attempt has shown of a receiver. */
export interface ReceiverState {
  /** When it began to fail, or not to, in milliseconds since the epoch. */
  readonly at: number;
  /** Why the last attempt failed; absent when it did not. */
  readonly failing?: string;
}

/** How an entry ended for a consumer. One that waits, is deferred or is dead has no outcome. */
export interface FinalOutcome {
  readonly state: 'delivered' | 'filtered' | 'coalesced' | 'dropped';
  /** Of a delivered one: how many attempts it took. */
  readonly attempts?: number;
  /** Of a filtered one: the option. */
  readonly option?: string;
  /** What the receiver answered, why it was filtered, with which it went, or who dropped it: 200 characters of it are kept. */
  readonly detail?: string;
}

/** Entries that have ended in the same way at about the same time. */
export interface OutcomeGroup {
  readonly outcome: FinalOutcome;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly positions: readonly Position[];
}

/** An outcome as it is remembered. */
export interface RecordedOutcome extends FinalOutcome {
  /** Milliseconds since the epoch; to within a quarter of a second for one of many that went the same way. */
  readonly at: number;
}

/** Dead letters that were discarded because their share was full, in one step. */
export interface Discarded {
  readonly consumer: string;
  readonly count: number;
  /** Those that could be read. Of the unusable requests, which may be very many, only the first. */
  readonly letters: readonly DeadLetter[];
}

/**
 * Name of the consumer whose dead letters are the requests that could not be used. Anybody who may write to a socket can
 * make them, so they are the first to be discarded.
 */
export const unusableConsumer = 'unusable';

/** Its name until 0.2.0: stored names are changed when a spool is opened, and commands accept it until 0.3.0. */
export const formerUnusableConsumer = 'set-aside';

/**
 * How far beyond the cursor of a consumer its finished entries are remembered. Dispatch defers what is under way for so
 * long that this would not do, so that the cursor passes it.
 */
export const aheadLimit = 32_256;

/** One step of a consumer. */
export interface Progress {
  /** Every entry up to this one is finished or is in `defer` of this or an earlier step. Never moves back. */
  readonly cursor?: Position;
  /**
   * Entries that are finished though the cursor of this step stands before them. Remembered until it passes them; but
   * nothing is that is more than `aheadLimit` beyond it.
   */
  readonly ahead?: readonly Position[];
  /** Puts entries aside for later; one that is there already is replaced. */
  readonly defer?: readonly Deferral[];
  /** Removes deferred entries that are finished. */
  readonly removeDeferred?: readonly Position[];
  /** Adds dead letters. One that was deferred must be in `removeDeferred` too. */
  readonly addDead?: readonly DeadLetter[];
  /** Removes dead letters. One that is in `defer` too is tried again: its request is back in the spool. */
  readonly removeDead?: readonly Position[];
  /**
   * What has become of entries, for `queue show` and `recent`. Kept as long as the entries, beside the accounting: a crash may
   * cost those of the last moment.
   */
  readonly outcomes?: readonly OutcomeGroup[];
  /** What the last attempt has shown, where that is not what it was before. */
  readonly receiver?: ReceiverState;
  /** What is added to the tally. */
  readonly tally?: Partial<Tally>;
  /**
   * How many of `defer` the consumer had finished before and is given once more: it counts as having received them
   * again, so `origin` moves back by as many. Negative to take it back.
   */
  readonly replayed?: number;
  /** Takes the place of the pause that was asked for before. */
  readonly pause?: AskedPause;
}

export interface ConsumerState {
  readonly name: string;
  /**
   * What the consumer has received in all is `last - origin`. That is where its cursor began, less what it was given
   * once more since (`Progress.replayed`); so it may be negative.
   */
  readonly origin: number;
  readonly cursor: Position;
  /** Entries beyond the cursor that are finished. */
  readonly ahead: number;
  readonly deferred: number;
  readonly dead: number;
  readonly tally: Tally;
  /** Absent before the first attempt. */
  readonly receiver?: ReceiverState;
  /** The last pause that was asked for; absent when there never was one. */
  readonly pause?: AskedPause;
}

export interface SpoolState {
  /** Position of the newest entry; 0 in an empty spool. */
  readonly last: Position;
  /** Position of the oldest entry that `read` still answers; `last + 1` when there is none. */
  readonly first: Position;
  /** Bytes of the requests that are kept. */
  readonly bytes: number;
  readonly consumers: readonly ConsumerState[];
  /** Why new requests are refused: what holds the spool is gone from its place. */
  readonly absence?: string;
}

/** Where requests are that were appended together. */
export interface Appended extends Accepted {
  readonly first: Position;
}

export interface Spool {
  /** Absent where nothing outlives the process. */
  readonly notes?: WorkNotes;
  /**
   * Durable when it resolves, all or nothing. Throws BelfryError SPOOL_FULL or
   * SPOOL_IO; nothing of the batch is then in the spool.
   */
  append(requests: readonly RawRequest[]): Promise<Appended>;
  /**
   * The entries after `after`, oldest first, at most `limit`; empty when there are none yet. One that is kept for long is to be
   * kept as `withOwnBytes` has it.
   */
  read(after: Position, limit: number): Promise<readonly Entry[]>;
  /**
   * Up to where there is nothing after `after`, as a `read` there has found, though entries came: what was there is
   * damaged. `after` itself when something may be there.
   */
  unreadable(after: Position): Promise<Position>;
  /** One entry; undefined when it is no longer kept. An entry that anybody has deferred is kept. */
  get(position: Position): Promise<Entry | undefined>;
  /** Resolves when the spool holds an entry after `after`, or when `signal` aborts. */
  arrival(after: Position, signal: AbortSignal): Promise<void>;

  /** Makes a consumer known; a new one starts after `from` (default: the end of the spool). Answers where it stands. */
  consumer(name: string, from?: Position): Promise<ConsumerState>;
  /** Forgets a consumer, its deferred entries and its dead letters, so that they hold nothing of the spool. */
  removeConsumer(name: string): Promise<void>;
  commit(consumer: string, progress: Progress): Promise<void>;
  /**
   * Of so many dead letters, how many are worth making. The rest would be discarded as soon as it is
   * committed: it counts as dropped instead. That is so for `unusableConsumer` alone, in a flood.
   */
  admit(consumer: string, count: number): number;
  /** The entries beyond the cursor that are finished, those after `after`, in order, at most `limit`. */
  ahead(consumer: string, after: Position, limit: number): Promise<readonly Position[]>;

  /** Heads whose `dueAt` is not after `now`, the longest due first, then in order of position; at most `limit`. */
  due(consumer: string, now: number, limit: number): Promise<readonly Deferral[]>;
  /** When the next head is due, of those that are not due at `after` already; undefined when there is none. */
  nextDue(consumer: string, after?: number): Promise<number | undefined>;
  /** How many deferred entries each of these lanes has; a lane without any is absent. */
  deferredIn(consumer: string, lanes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The deferred entries of one lane in order of position, head first, at most `limit`. */
  lane(consumer: string, lane: string, limit: number): Promise<readonly Deferral[]>;
  /** Deferred entries after `after` in order of position, heads and followers alike. */
  deferred(consumer: string, after: Position, limit: number): Promise<readonly Deferral[]>;
  /** Dead letters after `after` in order of position, at most `limit`, and fewer where they are large; but one if there is one. */
  dead(consumer: string, after: Position, limit: number): Promise<readonly DeadLetter[]>;

  /** What has become of these entries for a consumer, the latest where it is more than one; absent where nothing is known. */
  outcomes(consumer: string, positions: readonly Position[]): Promise<ReadonlyMap<Position, RecordedOutcome>>;

  /** Of parts of the daemon, across restarts. */
  readonly memory: SpoolMemory;

  state(): Promise<SpoolState>;
  /** Idempotent; everything else rejects afterwards. */
  close(): Promise<void>;
}
