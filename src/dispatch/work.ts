/** What one consumer has in hand: its lanes, its ledger, and how much the spool keeps aside for it. No I/O here. */

import type { Entry, Position } from '../base/request.ts';
import type { FilterReason } from '../filter/filter.ts';
import type { Notification } from '../notifier/notifier.ts';
import { aheadLimit, type ConsumerState, type DeadLetter, type Deferral, type Progress } from '../spool/spool.ts';
import { type Flight, type Item, type Lane, Lanes } from './lane.ts';
import { Ledger } from './ledger.ts';

/** How far what was read may be ahead of an entry that is under way, before that one is left to the spool. */
const spanLimit = 2048;

export class Work {
  readonly #lanes = new Lanes();
  #ledger: Ledger;
  /** Entries that the spool has as deferred, as it will be after the next commit. */
  #deferred: number;

  constructor(state: Pick<ConsumerState, 'cursor' | 'deferred' | 'receiver'>) {
    const { deferred } = state;
    this.#ledger = new Ledger(state);
    this.#deferred = deferred;
  }

  get lanes(): Lanes {
    return this.#lanes;
  }

  /** The newest entry that was read. */
  get readTo(): Position {
    return this.#ledger.readTo;
  }

  /** Fresh entries that are not finished. */
  get open(): number {
    return this.#ledger.open;
  }

  get deferred(): number {
    return this.#deferred;
  }

  /** Whether there is room to read further: not so far that the spool could not remember what is finished there. */
  get mayRead(): boolean {
    return this.#ledger.span < aheadLimit;
  }

  /** Nothing could be read behind `readTo` up to `to`: so many entries are lost. */
  skip(to: Position, lost: number): void {
    this.#ledger.skip(to, lost);
  }

  /** The entry was finished, deferred or buried before the process ended that did it. */
  passOver(position: Position): void {
    this.#ledger.passOver(position);
  }

  /** A fresh entry is to be attempted: now, or after what its lane has in the spool already. */
  begin(lane: Lane, entry: Entry, notification: Notification, behind: boolean): void {
    this.#ledger.begin(entry.position);
    const item = { entry, notification, attempts: [], pausedMs: 0, deferred: false };
    if (behind || lane.deferred > 0) this.#defer(lane, item, 0);
    else this.#lanes.add(lane, item);
  }

  /** A deferred entry is to be attempted again. */
  resume(lane: Lane, entry: Entry, notification: Notification, { attempts, pausedMs = 0 }: Deferral): void {
    this.#lanes.add(lane, { entry, notification, attempts, pausedMs, deferred: true });
  }

  /** A fresh entry is not for this notifier. */
  filtered(position: Position, reason: FilterReason, at: number): void {
    this.#ledger.filtered(position, reason, at);
  }

  /** A fresh entry cannot be used. */
  unusable(letter: DeadLetter): void {
    this.#ledger.unusable(letter);
  }

  /** A fresh entry cannot be used, and is not kept. */
  discarded(position: Position, at: number): void {
    this.#ledger.discarded(position, at);
  }

  /** A deferred entry cannot be used. */
  unusableLate(lane: Lane, letter: DeadLetter): void {
    this.#ledger.unusableLate(letter);
    this.#left(lane);
  }

  /** Bytes of the dead letters that are not committed yet. */
  get deadBytes(): number {
    return this.#ledger.deadBytes;
  }

  /** A deferred entry is no longer for this notifier. */
  filteredLate(lane: Lane, position: Position, reason: FilterReason, at: number): void {
    this.#ledger.filteredLate(position, reason, at);
    this.#left(lane);
  }

  /** The notifier holds it back. */
  filteredByNotifier({ item, lane }: Flight, reason: FilterReason, at: number): void {
    this.#ledger.filteredByNotifier(item, reason, at);
    if (item.deferred) this.#left(lane);
  }

  /** The request of a deferred entry cannot be read any more. */
  vanished(lane: Lane, position: Position): void {
    this.#ledger.vanished(position);
    this.#left(lane);
  }

  /** An attempt has ended; `failing` says why it failed, if it did. */
  attempted(at: number, failing?: string): void {
    this.#ledger.attempted(at, failing);
  }

  /** `at`: when it was; `answer`: what the receiver said. */
  delivered({ item, lane }: Flight, at: number, answer: string | undefined): void {
    this.#ledger.delivered(item, at, answer);
    if (item.deferred) this.#left(lane);
  }

  bury({ item, lane }: Flight, letter: Pick<DeadLetter, 'at' | 'reason' | 'attempts'>): void {
    this.#ledger.bury(item, { entry: item.entry, lane: lane.key, ...letter });
    if (item.deferred) this.#left(lane);
  }

  /** The attempt failed for now; what the lane still has in its queue goes behind it into the spool. */
  postpone({ item, lane }: Flight, dueAt: number, history: Pick<Item, 'attempts' | 'pausedMs'>): void {
    this.#defer(lane, { ...item, ...history }, dueAt);
    this.#layDown(lane);
  }

  /** The attempt was called off by us: it is due at once next time, and counts as none. */
  callOff({ item, lane }: Flight): void {
    if (!item.deferred) this.#defer(lane, item, 0);
  }

  /** Leaves everything that has not been started to the spool, so that a clean stop repeats nothing. */
  layDownAll(): void {
    for (const lane of this.#lanes.values()) {
      this.#layDown(lane);
      this.#lanes.settle(lane);
    }
  }

  /** Leaves what is under way to the spool as well, so that the cursor can pass it. It counts as deferred from now on. */
  park(flights: Iterable<Flight>): void {
    for (const flight of flights) {
      const { item, lane } = flight;
      if (item.deferred) continue;
      this.#defer(lane, item, 0);
      flight.item = { ...item, deferred: true };
    }
  }

  /** Keeps one that takes very long from holding the cursor back further and further. */
  parkStragglers(): void {
    if (this.#ledger.span < spanLimit) return;
    for (const flight of this.#lanes.underWay) {
      if (flight.item.entry.position > this.readTo - spanLimit) continue;
      this.park([flight]);
      this.#layDown(flight.lane);
    }
  }

  /**
   * Takes over what the spool says after others have changed it. Before, everything was laid down and parked, so that
   * only what is under way is in memory. `inLanes` says how many deferred entries each lane has.
   */
  recount(state: Pick<ConsumerState, 'cursor' | 'deferred' | 'receiver'>, inLanes: ReadonlyMap<string, number>): void {
    this.#ledger = new Ledger(state);
    this.#deferred = state.deferred;
    for (const lane of this.#lanes.values()) lane.deferred = inLanes.get(lane.key) ?? 0;
  }

  /** What has to be committed; undefined when nothing has changed. */
  takeProgress(): Progress | undefined {
    return this.#ledger.take();
  }

  #layDown(lane: Lane): void {
    const fresh = this.#lanes.clear(lane).filter(({ deferred }: Item) => !deferred);
    for (const item of fresh) this.#defer(lane, item, 0);
  }

  #defer(
    lane: Lane,
    { entry: { position }, attempts, pausedMs, deferred }: Omit<Item, 'notification'>,
    dueAt: number,
  ): void {
    const paused = pausedMs === 0 ? {} : { pausedMs };
    this.#ledger.defer({ position, lane: lane.key, dueAt, attempts, ...paused });
    if (deferred) return;
    lane.deferred++;
    this.#deferred++;
  }

  /** A deferred entry is finished. */
  #left(lane: Lane): void {
    lane.deferred--;
    this.#deferred--;
  }
}
