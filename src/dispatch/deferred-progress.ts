/** What becomes of the deferred entries of one consumer until its next commit, and how many there are. No I/O here. */
import type { Position } from '../base/request.ts';
import type { FilterReason } from '../filter/filter.ts';
import type { DeadLetter, Deferral } from '../spool/spool.ts';
import type { Lane, Lanes } from './lane.ts';
import type { NextCommit } from './next-commit.ts';

/** Where a method takes a lane, it is undefined when that is not in memory. */
export class DeferredProgress {
  readonly #next: NextCommit;
  readonly #lanes: Lanes;
  #count: number;

  constructor(next: NextCommit, lanes: Lanes, count: number) {
    this.#next = next;
    this.#lanes = lanes;
    this.#count = count;
  }

  /** Entries that the spool has as deferred, as it will be after the next commit. */
  get count(): number {
    return this.#count;
  }

  add(deferral: Deferral, lane: Lane | undefined): void {
    this.#next.defer(deferral);
    this.#count++;
    if (lane !== undefined) lane.deferred++;
  }

  /** It stays in its lane. */
  change(deferral: Deferral): void {
    this.#next.defer(deferral);
  }

  /** It goes from one lane to another. */
  move({ lane: before }: Pick<Deferral, 'lane'>, after: Deferral): void {
    this.#next.defer(after);
    const [from, to] = [this.#lanes.find(before), this.#lanes.find(after.lane)];
    if (from !== undefined) from.deferred--;
    if (to !== undefined) to.deferred++;
  }

  remove(lane: Lane | undefined, position: Position): void {
    this.#next.removeDeferred(position);
    this.#count--;
    if (lane !== undefined) lane.deferred--;
  }

  /** A later one, whose id is `into`, stands for it. */
  coalesced({ position, lane }: Deferral, at: number, into: string): void {
    this.remove(this.#lanes.find(lane), position);
    this.#next.coalesced(position, at, into);
  }

  /** It cannot be used. */
  unusable(lane: Lane | undefined, letter: DeadLetter): void {
    this.remove(lane, letter.entry.position);
    this.#next.addDead(letter);
  }

  /** It is no longer for this notifier. */
  filtered(lane: Lane | undefined, position: Position, reason: FilterReason, at: number): void {
    this.remove(lane, position);
    this.#next.filtered(position, reason, at);
  }

  /** Its request cannot be read any more. */
  missing(lane: Lane | undefined, position: Position): void {
    this.remove(lane, position);
    this.#next.damaged(position);
  }
}
