/** Notes of what consumers are at work on, by which a process that was ended by an entry finds out which one it was. */
import type { Position } from '../base/request.ts';

/** Positions from `first` to `last`, both included. */
export interface Stretch {
  readonly first: Position;
  readonly last: Position;
}

export type WorkKind = 'examining' | 'attempting';

/** What a consumer is at work on. */
export interface AtWork {
  /** What is done in this very moment, without waiting for anything: if the process ends now, this has ended it. */
  readonly running?: Stretch & { readonly kind: WorkKind };
  /** The calls that are under way. */
  readonly underWay: readonly Stretch[];
  /** How many entries these have. */
  readonly entries: number;
  /** What was in progress when an earlier process ended. Set: entries go one at a time. */
  readonly suspects: readonly Stretch[];
  readonly careful: boolean;
  /** The entry that has ended the process, and how often. */
  readonly blamed?: { readonly kind: WorkKind; readonly position: Position; readonly times: number };
}

/** Notes of what is in progress. They survive the end of the process, whatever ends it, and not a power failure. */
export interface WorkNotes {
  /** What was noted last, perhaps by a process before this one. */
  read(consumer: string): AtWork | undefined;
  /** Costs a system call and never throws. */
  write(consumer: string, atWork: AtWork): void;
  /** Entries that must not be examined, because that has ended the process. */
  readonly condemned: ReadonlySet<Position>;
  condemn(position: Position): void;
}
