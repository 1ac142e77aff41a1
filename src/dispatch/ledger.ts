/** What a consumer has done since its last commit: gathered here, so that one commit says all of it at once. */
import type { Position } from '../request.ts';
import type { AttemptRecord, DeadLetter, Deferral, Progress } from '../spool/spool.ts';
import type { Item } from './lane.ts';

/** Of a long history the first and the newest attempts are remembered, so that it stays small. */
const rememberedAttempts = 50;

export function remember(attempts: readonly AttemptRecord[], attempt: AttemptRecord): readonly AttemptRecord[] {
  const [first, ...rest] = attempts;
  if (first === undefined) return [attempt];
  return [first, ...rest.slice(-(rememberedAttempts - 2)), attempt];
}

export class Ledger {
  /** Fresh entries that were read and are not finished. They are added in order, so the first is the lowest. */
  readonly #open = new Set<Position>();
  /**
   * Finished, but behind one that is not, so that the cursor cannot pass yet. They are only tallied when it does: after
   * a crash they are done again, and each entry is to be counted once.
   */
  readonly #ahead = new Map<Position, 'delivered' | 'filtered'>();
  #readTo: Position;
  #saved: Position;
  #defer = new Map<Position, Deferral>();
  #settle = new Set<Position>();
  #bury: DeadLetter[] = [];
  #delivered = 0;
  #filtered = 0;

  constructor(cursor: Position) {
    this.#readTo = cursor;
    this.#saved = cursor;
  }

  get readTo(): Position {
    return this.#readTo;
  }

  /** Fresh entries that are not finished. */
  get open(): number {
    return this.#open.size;
  }

  /** How far the cursor is behind what was read. */
  get span(): number {
    return this.#readTo - this.#cursor();
  }

  /** Finished entries that the cursor has not passed. */
  get ahead(): number {
    return this.#ahead.size;
  }

  /** Whether all that was to be done about it is done or in the spool. */
  isFinished(position: Position): boolean {
    return position <= this.#readTo && !this.#open.has(position);
  }

  /** The entry was found finished already, and counted. */
  passOver(position: Position): void {
    this.#readTo = position;
  }

  /** The entry has been read and is to be attempted. */
  begin(position: Position): void {
    this.#readTo = position;
    this.#open.add(position);
  }

  /** The entry has been read and is not for this notifier. */
  filtered(position: Position): void {
    this.#readTo = position;
    this.#count(position, 'filtered');
  }

  /** A deferred entry that the filters no longer let through. */
  filteredLate(position: Position): void {
    this.#settle.add(position);
    this.#count(position, 'filtered');
  }

  /** A deferred entry that the spool no longer has. */
  vanished(position: Position): void {
    this.#settle.add(position);
  }

  delivered(item: Item): void {
    this.#finish(item);
    this.#count(item.entry.position, 'delivered');
  }

  bury(item: Item, letter: DeadLetter): void {
    this.#finish(item);
    this.#bury.push(letter);
  }

  defer(deferral: Deferral): void {
    this.#open.delete(deferral.position);
    this.#defer.set(deferral.position, deferral);
  }

  /** The gathered step; undefined when nothing has changed. */
  take(): Progress | undefined {
    const cursor = this.#cursor();
    for (const [position, what] of cursor === this.#saved ? [] : this.#ahead) {
      if (position > cursor) continue;
      this.#ahead.delete(position);
      this.#count(position, what);
    }
    const idle = cursor === this.#saved && this.#defer.size + this.#settle.size + this.#bury.length === 0;
    if (idle && this.#delivered + this.#filtered === 0) return undefined;
    const progress: Progress = {
      cursor,
      ...(this.#defer.size > 0 ? { defer: [...this.#defer.values()] } : {}),
      ...(this.#settle.size > 0 ? { settle: [...this.#settle] } : {}),
      ...(this.#bury.length > 0 ? { bury: this.#bury } : {}),
      tally: { delivered: this.#delivered, filtered: this.#filtered },
    };
    this.#saved = cursor;
    this.#defer = new Map();
    this.#settle = new Set();
    this.#bury = [];
    this.#delivered = 0;
    this.#filtered = 0;
    return progress;
  }

  #cursor(): Position {
    const [lowest] = this.#open;
    return lowest === undefined ? this.#readTo : lowest - 1;
  }

  #count(position: Position, what: 'delivered' | 'filtered'): void {
    if (position > this.#cursor()) this.#ahead.set(position, what);
    else if (what === 'delivered') this.#delivered++;
    else this.#filtered++;
  }

  #finish({ entry: { position }, deferred }: Item): void {
    this.#open.delete(position);
    if (!deferred) return;
    // It may have been parked since the last commit.
    this.#defer.delete(position);
    this.#settle.add(position);
  }
}
