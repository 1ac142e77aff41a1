/**
 * What one consumer has in memory: its lanes, and what it has done since its last commit, gathered so that one commit
 * records all of it at once. No I/O here.
 */
import { type Entry, type Position, withOwnBytes } from '../base/request.ts';
import type { FilterReason } from '../filter/filter.ts';
import type { Notification } from '../notifier/notifier.ts';
import { standingFor } from '../notifier/standing-for.ts';
import { aheadLimit, type ConsumerState, type DeadLetter, type Deferral, type Progress } from '../spool/spool.ts';
import { DeferredProgress } from './deferred-progress.ts';
import { type Attempt, freshItem, type Item, type Lane, Lanes } from './lane.ts';
import { NextCommit } from './next-commit.ts';
import type { DoneRun, Run } from './run.ts';
import { Runs } from './runs.ts';

/** How far what was read may be ahead of an entry that is under way, before that one is left to the spool. */
const spanLimit = 2048;

type SavedState = Pick<ConsumerState, 'cursor' | 'deferred' | 'receiver'>;

export class PendingProgress {
  readonly lanes = new Lanes();
  /** Entries that go by the short way; nothing else is open then. */
  readonly runs = new Runs();
  /** Fresh entries that were read and are not finished. They are added in order, so the first is the lowest. */
  readonly #open = new Set<Position>();
  #next: NextCommit;
  #readTo: Position;
  #deferred: DeferredProgress;

  constructor(state: SavedState) {
    this.#next = new NextCommit(state);
    this.#readTo = state.cursor;
    this.#deferred = new DeferredProgress(this.#next, this.lanes, state.deferred);
  }

  /** The newest entry that was read. */
  get readTo(): Position {
    return this.#readTo;
  }

  /** Fresh entries that are not finished. */
  get open(): number {
    return this.#open.size;
  }

  /** What the spool has as deferred, as it will be after the next commit. */
  get deferred(): DeferredProgress {
    return this.#deferred;
  }

  /** Whether there is room to read further: not so far that the spool could not remember what is finished there. */
  get mayRead(): boolean {
    return this.#span < aheadLimit;
  }

  /** Bytes of the dead letters that are not committed yet. */
  get deadBytes(): number {
    return this.#next.deadBytes;
  }

  /** Nothing could be read after `readTo` up to `to`: so many entries are lost. */
  skip(to: Position, lost: number): void {
    this.#readTo = to;
    this.#next.gap(to, lost);
  }

  /** The entry was finished, deferred or dead before the process ended that did it; or it is one of a run. */
  passOver(position: Position): void {
    this.#readTo = position;
  }

  /** All of these are delivered. */
  deliveredRuns(done: readonly DoneRun[]): void {
    for (const { run, at, answers } of done) {
      for (const [i, position] of run.positions.entries()) this.#next.delivered(position, at, 1, answers[i]);
    }
  }

  /** Lanes have all runs from now on, as if they had begun them. Answers those whose calls are in progress. */
  moveRunsToLanes(): readonly Run[] {
    const { done, underWay, filling } = this.runs.take();
    this.deliveredRuns(done);
    for (const run of [...underWay, ...filling]) for (const position of run.positions) this.#open.add(position);
    for (const run of underWay) run.started = this.lanes.adopt(run);
    for (const run of filling) this.lanes.addAll(run);
    return underWay;
  }

  /** A fresh entry is to be attempted: now, or `after` what its lane has in the spool. */
  begin(lane: Lane, entry: Entry, notification: Notification, after: boolean): void {
    this.#readTo = entry.position;
    this.#open.add(entry.position);
    const item = freshItem(entry, notification);
    if (after || lane.deferred > 0) this.#moveToSpool(lane, item, 0);
    else this.lanes.add(lane, item);
  }

  /** A deferred entry is to be attempted again. */
  resume(lane: Lane, entry: Entry, notification: Notification, deferral: Deferral): void {
    const { attempts, pausedMs = 0, coalesced } = deferral;
    const item = { entry: withOwnBytes(entry), notification, attempts, pausedMs, deferred: true };
    const standing = coalesced && { coalesced, notification: standingFor(notification, coalesced) };
    this.lanes.add(lane, { ...item, ...standing });
  }

  /** A fresh entry is held back in this lane. */
  hold({ position }: Entry, key: string, dueAt: number): void {
    this.#readTo = position;
    this.#deferred.add({ position, lane: key, dueAt, attempts: [] }, this.lanes.find(key));
  }

  /** A fresh entry is not for this notifier. */
  filtered(position: Position, reason: FilterReason, at: number): void {
    this.#readTo = position;
    this.#next.filtered(position, reason, at);
  }

  /** A fresh entry cannot be used. */
  unusable(letter: DeadLetter): void {
    this.#readTo = letter.entry.position;
    this.#next.addDead(letter);
  }

  /** A fresh entry cannot be used, and is not kept. */
  discarded(position: Position, at: number): void {
    this.#readTo = position;
    this.#next.dropped(position, at);
  }

  /** The notifier held it back. */
  filteredByNotifier(attempt: Attempt, reason: FilterReason, at: number): void {
    this.#finish(attempt);
    this.#next.filtered(attempt.item.entry.position, reason, at);
  }

  /** An attempt has ended; `reason` says why it failed, if it did. */
  attempted(at: number, reason?: string): void {
    this.#next.attempted(at, reason);
  }

  /** `at`: when it was; `answer`: what the receiver said. */
  delivered(attempt: Attempt, at: number, answer: string | undefined): void {
    this.#finish(attempt);
    this.#next.delivered(attempt.item.entry.position, at, attempt.item.attempts.length + 1, answer);
  }

  addDead(attempt: Attempt, letter: Pick<DeadLetter, 'at' | 'reason' | 'attempts'>): void {
    this.#finish(attempt);
    this.#next.addDead({ entry: attempt.item.entry, lane: attempt.lane.key, ...letter });
  }

  /** The attempt failed for now; what the lane still has in its queue goes after it into the spool. */
  postpone({ item, lane }: Attempt, dueAt: number, history: Pick<Item, 'attempts' | 'pausedMs'>): void {
    this.#moveToSpool(lane, { ...item, ...history }, dueAt);
    this.#moveQueueToSpool(lane);
  }

  /** The attempt was called off by us: it is due at once next time, and counts as none. */
  callOff({ item, lane }: Attempt): void {
    if (!item.deferred) this.#moveToSpool(lane, item, 0);
  }

  /** Leaves everything that has not been started to the spool, so that a clean stop repeats nothing. */
  moveToSpool(): void {
    for (const lane of this.lanes.values()) {
      this.#moveQueueToSpool(lane);
      this.lanes.settle(lane);
    }
  }

  /** Leaves what is under way to the spool as well, so that the cursor can pass it. It counts as deferred from now on. */
  moveStartedToSpool(started: Iterable<Attempt> = this.lanes.underWay): void {
    for (const attempt of started) {
      const { item, lane } = attempt;
      if (item.deferred) continue;
      this.#moveToSpool(lane, item, 0);
      attempt.item = { ...item, deferred: true };
    }
  }

  /** Keeps one that takes very long from holding the cursor back further and further. */
  moveStragglersToSpool(): void {
    if (this.#span < spanLimit) return;
    for (const attempt of this.lanes.underWay) {
      if (attempt.item.entry.position > this.#readTo - spanLimit) continue;
      this.moveStartedToSpool([attempt]);
      this.#moveQueueToSpool(attempt.lane);
    }
  }

  /**
   * Takes over what the spool says after others have changed it. Before, everything was moved to the spool and committed, so
   * that only what is under way is in memory. `inLanes` says how many deferred entries each lane has.
   */
  recount(state: SavedState, inLanes: ReadonlyMap<string, number>): void {
    this.#open.clear();
    this.#next = new NextCommit(state);
    this.#readTo = state.cursor;
    this.#deferred = new DeferredProgress(this.#next, this.lanes, state.deferred);
    for (const lane of this.lanes.values()) lane.deferred = inLanes.get(lane.key) ?? 0;
  }

  /** What has to be committed; undefined when nothing has changed. */
  take(): Progress | undefined {
    return this.#next.take(this.#cursor);
  }

  get #cursor(): Position {
    const [lowest = this.runs.first] = this.#open;
    return lowest === undefined ? this.#readTo : lowest - 1;
  }

  /** How far the cursor is before what was read. */
  get #span(): number {
    return this.#readTo - this.#cursor;
  }

  #finish({ item: { entry, deferred }, lane }: Attempt): void {
    this.#open.delete(entry.position);
    if (deferred) this.#deferred.remove(lane, entry.position);
  }

  #moveQueueToSpool(lane: Lane): void {
    for (const item of this.lanes.clear(lane)) if (!item.deferred) this.#moveToSpool(lane, item, 0);
  }

  #moveToSpool(lane: Lane, item: Omit<Item, 'notification'>, dueAt: number): void {
    const { position } = item.entry;
    const { attempts, pausedMs, coalesced } = item;
    this.#open.delete(position);
    const deferral = {
      ...{ position, lane: lane.key, dueAt, attempts },
      ...(pausedMs === 0 ? {} : { pausedMs }),
      ...(coalesced === undefined ? {} : { coalesced }),
    };
    if (item.deferred) this.#deferred.change(deferral);
    else this.#deferred.add(deferral, lane);
  }
}
