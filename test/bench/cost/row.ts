/** What one row of the table of costs is: what it measures, and what it is held to. */
import type { Sender } from '../../e2e/sender.ts';
import type { Defer } from '../../e2e/workspace.ts';
import type { Served } from '../served.ts';

type Unit = 'us' | 'MiB' | 'bytes';

export interface Figure {
  /** What it is, in the words of the table; per event, unless it says otherwise. */
  readonly what: string;
  readonly unit: Unit;
  /** What it was at commit 79a9ef7, when the targets were set. */
  readonly before: string;
  /** It should be no more than this. */
  readonly target: number;
}

export interface Measurement {
  readonly value: number;
  /** Events in a second. It says less than the processor time: others use the machine, too. */
  readonly perSecond?: number;
  /** What the same costs without belfry, or how many a second it then is; in the same unit as `value` or `perSecond`. */
  readonly limit?: { readonly what: string; readonly value?: number; readonly perSecond?: number };
}

export interface Bench {
  readonly sender: Sender;
  /** Undone at the end of this run. */
  readonly defer: Defer;
  /** Of what it measures, the share that is measured: less than 1 in a run that is only to notice a collapse. */
  readonly scale: number;
  /** Starts the belfry that is measured. `waiting`: so many events of 1,000 users are in its spool already. */
  serve(lines: (home: string) => readonly string[], waiting?: number): Promise<Served>;
}

export interface Row<Name extends string = string> {
  readonly name: string;
  readonly figures: Readonly<Record<Name, Figure>>;
  /** Runs that are made of it; fewer where one takes minutes. */
  readonly rounds?: number;
  /** One run. */
  measure(bench: Bench): Promise<Readonly<Record<Name, Measurement>>>;
}

/** Declares a row: each figure that it has is measured. */
export function defineRow<Name extends string>(row: Row<Name>): Row {
  return row;
}
