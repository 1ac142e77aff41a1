/** What an engine of the spool is: how a daemon opens it, how threads append to it, how it is read when no daemon runs. */
import type { MessagePort } from 'node:worker_threads';
import type { Accepted, Position, RawRequest, StoredRun } from '../base/request.ts';
import type { Salvaged } from './lmdb/repair/salvage.ts';
import type { Discarded, Spool } from './spool.ts';

/** Where a spool is, and what it may hold. */
export interface SpoolLocation {
  readonly directory: string;
  /** Bytes that requests and dead letters may take together, with what an engine adds for each. */
  readonly maxBytes: number;
  /** How long entries stay after the last consumer has passed them, in milliseconds. */
  readonly retentionMs: number;
}

interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: () => number;
}

/** What the parts of a spool are opened with. */
export type SpoolOptions = SpoolLocation & Clock & Partial<SpoolEvents>;

/** What an engine reports while it opens a spool and while it is open. */
export interface SpoolEvents {
  /** Dead letters were discarded because their share was full. */
  readonly onDiscard: (discarded: Discarded) => void;
  /** Unreadable entries, which are passed over. */
  readonly onDamaged?: (first: Position, count: number) => void;
  /** Where a file was moved that is damaged or no spool of ours. A new spool has been begun. */
  readonly onMovedAside?: (path: string, reason: string) => void;
  /** What of such a file is in the new spool. */
  readonly onSalvaged?: (path: string, salvaged: Salvaged) => void;
  /** Why the spool refuses requests, as its file is gone from its place; undefined when it is there again. */
  readonly onAbsence?: (absence: string | undefined) => void;
}

/** The spool of a daemon. */
interface DaemonSpool {
  readonly spool: Spool;
  /** A thread has appended: everything up to `last` is durable. */
  notice(last: Position): void;
}

/** What a thread appends with. */
export interface ThreadWriter {
  append(requests: readonly RawRequest[], run?: StoredRun): Promise<Accepted>;
  /** Marks of the run that was stored last from this socket. Absent in a thread that has no spool of its own. */
  readonly lastRun?: (socket: string) => Uint8Array | undefined;
  /** Appends what another thread sends on this port. Throws in a thread that has no spool of its own. */
  serve(port: MessagePort): void;
  close(): Promise<void>;
}

export interface SpoolEngine {
  /** Opens the spool of a daemon, to which threads append. */
  open(location: SpoolLocation, parts: Clock & SpoolEvents): Promise<DaemonSpool>;
  /** Opens what a stopped daemon has left. Throws BelfryError SPOOL_LOCKED, SPOOL_OPEN. */
  openOffline(location: SpoolLocation, parts: Clock & SpoolEvents): Promise<Spool>;
  /** How threads append. */
  readonly writers: {
    /** Joins, in another thread of the process, the spool that is open already. `onLast`: see `DaemonSpool.notice`. */
    openWriter(location: SpoolLocation, clock: Clock, onLast: (last: Position) => void): Promise<ThreadWriter>;
    /** Appends through the thread that serves the other end of the port. */
    joinWriter(port: MessagePort): Promise<ThreadWriter>;
  };
}
