/** One consumer of the log in memory: its cursor, its deferred entries by lane and by due time, its dead letters. */
import type { Entry, Position } from '../../base/request.ts';
import type { Excess } from '../shares.ts';
import {
  type AskedPause,
  aheadLimit,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Progress,
  type ReceiverState,
  type RecordedOutcome,
  type Tally,
} from '../spool.ts';
import { DueQueue } from './due-queue.ts';

/** What an entry costs beside its bytes: objects, id, places in tables. Measured, rounded up. */
export const entryOverhead = 512;

export const costOf = (entry: Entry): number => entry.request.bytes.byteLength + entryOverhead;

export class MemoryConsumer {
  readonly name: string;
  cursor: Position;
  /** Finished beyond the cursor. */
  readonly ahead = new Set<Position>();
  readonly deferrals = new Map<Position, Deferral>();
  readonly dead = new Map<Position, DeadLetter>();
  readonly outcomes = new Map<Position, RecordedOutcome>();
  #deadBytes = 0;
  #receiver: ReceiverState | undefined;
  /** Its positions, ascending. */
  readonly #deadOrder: Position[] = [];
  #origin: number;
  #pause: AskedPause | undefined;
  #tally: Tally = { delivered: 0, filtered: 0, dropped: 0, damaged: 0 };
  /** Positions of each lane, ascending. */
  readonly #lanes = new Map<string, Position[]>();
  readonly #due = new DueQueue(({ lane, at, position }) => {
    const head = this.#head(lane);
    return head?.dueAt === at && head.position === position;
  });

  constructor(name: string, cursor: Position) {
    this.name = name;
    this.cursor = cursor;
    this.#origin = cursor;
  }

  apply(progress: Progress): void {
    if (progress.cursor !== undefined && progress.cursor > this.cursor) {
      this.cursor = progress.cursor;
      for (const position of this.ahead) if (position <= this.cursor) this.ahead.delete(position);
    }
    for (const position of progress.ahead ?? []) {
      if (position > this.cursor && position <= this.cursor + aheadLimit) this.ahead.add(position);
    }
    for (const position of progress.removeDeferred ?? []) this.#remove(position);
    for (const deferral of progress.defer ?? []) {
      this.#remove(deferral.position);
      this.#insert(deferral);
    }
    for (const position of progress.removeDead ?? []) this.#removeDead(position);
    for (const letter of progress.addDead ?? []) {
      const { position } = letter.entry;
      this.#removeDead(position);
      insert(this.#deadOrder, position);
      this.dead.set(position, letter);
      this.#deadBytes += costOf(letter.entry);
    }
    for (const { outcome, at, positions } of progress.outcomes ?? []) {
      for (const position of positions) this.outcomes.set(position, { ...outcome, at });
    }
    this.#receiver = progress.receiver ?? this.#receiver;
    this.#origin -= progress.replayed ?? 0;
    this.#pause = progress.pause ?? this.#pause;
    const add = progress.tally;
    if (!add) return;
    this.#tally = {
      delivered: this.#tally.delivered + (add.delivered ?? 0),
      filtered: this.#tally.filtered + (add.filtered ?? 0),
      dropped: this.#tally.dropped + (add.dropped ?? 0),
      damaged: this.#tally.damaged + (add.damaged ?? 0),
    };
  }

  /** What the dead letters take. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  state(): ConsumerState {
    return {
      name: this.name,
      origin: this.#origin,
      cursor: this.cursor,
      ahead: this.ahead.size,
      deferred: this.deferrals.size,
      dead: this.dead.size,
      tally: this.#tally,
      ...(this.#receiver === undefined ? {} : { receiver: this.#receiver }),
      ...(this.#pause === undefined ? {} : { pause: this.#pause }),
    };
  }

  due(now: number, limit: number): readonly Deferral[] {
    const heads = this.#takeDue(now, limit);
    for (const head of heads) this.#announce(head);
    return [...heads];
  }

  nextDue(after?: number): number | undefined {
    const passed = after === undefined ? [] : this.#takeDue(after, Number.POSITIVE_INFINITY);
    const next = this.#due.peek()?.at;
    for (const head of passed) this.#announce(head);
    return next;
  }

  /** A caller that takes heads must announce them again. */
  #takeDue(now: number, limit: number): ReadonlySet<Deferral> {
    const heads = new Set<Deferral>();
    while (heads.size < limit) {
      const first = this.#due.peek();
      if (first === undefined || first.at > now) break;
      this.#due.pop();
      const head = this.#head(first.lane);
      // A head that was pushed twice with the same time comes up twice; it is one all the same.
      if (head !== undefined) heads.add(head);
    }
    return heads;
  }

  deferredIn(lane: string): number {
    return this.#lanes.get(lane)?.length ?? 0;
  }

  lane(lane: string, limit: number): readonly Deferral[] {
    return (this.#lanes.get(lane) ?? []).slice(0, limit).flatMap((position) => this.deferrals.get(position) ?? []);
  }

  /** Dead letters of the oldest requests, until they take `bytes`. */
  oldestDead({ bytes, most }: Excess): { readonly letters: readonly DeadLetter[]; readonly bytes: number } {
    const letters: DeadLetter[] = [];
    let sum = 0;
    for (const position of this.#deadOrder) {
      const letter = sum < bytes && letters.length < most ? this.dead.get(position) : undefined;
      if (letter === undefined) break;
      letters.push(letter);
      sum += costOf(letter.entry);
    }
    return { letters, bytes: sum };
  }

  #removeDead(position: Position): void {
    const letter = this.dead.get(position);
    if (letter === undefined) return;
    this.dead.delete(position);
    this.#deadBytes -= costOf(letter.entry);
    this.#deadOrder.splice(this.#deadOrder.indexOf(position), 1);
  }

  #head(lane: string): Deferral | undefined {
    const position = this.#lanes.get(lane)?.[0];
    return position === undefined ? undefined : this.deferrals.get(position);
  }

  #insert(deferral: Deferral): void {
    const { lane, position } = deferral;
    this.deferrals.set(position, deferral);
    const positions = this.#lanes.get(lane);
    if (positions === undefined) this.#lanes.set(lane, [position]);
    else insert(positions, position);
    this.#announceHead(lane);
  }

  #remove(position: Position): void {
    const deferral = this.deferrals.get(position);
    if (deferral === undefined) return;
    this.deferrals.delete(position);
    const positions = this.#lanes.get(deferral.lane);
    if (positions === undefined) return;
    positions.splice(positions.indexOf(position), 1);
    if (positions.length === 0) this.#lanes.delete(deferral.lane);
    else this.#announceHead(deferral.lane);
  }

  #announceHead(lane: string): void {
    const head = this.#head(lane);
    if (head !== undefined) this.#announce(head);
  }

  #announce({ dueAt: at, position, lane }: Deferral): void {
    this.#due.push({ at, position, lane });
  }
}

/** Puts a position into its place among ascending ones; most belong to the end. */
function insert(positions: Position[], position: Position): void {
  let at = positions.length;
  while (at > 0 && (positions[at - 1] ?? 0) > position) at--;
  positions.splice(at, 0, position);
}
