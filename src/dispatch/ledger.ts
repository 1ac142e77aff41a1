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

  /** The entry has been read and is to be attempted. */
  begin(position: Position): void {
    this.#readTo = position;
    this.#open.add(position);
  }

  /** The entry has been read and is not for this notifier. */
  filtered(position: Position): void {
    this.#readTo = position;
    this.#filtered++;
  }

  /** A deferred entry that the filters no longer let through. */
  filteredLate(position: Position): void {
    this.#settle.add(position);
    this.#filtered++;
  }

  /** A deferred entry that the spool no longer has. */
  vanished(position: Position): void {
    this.#settle.add(position);
  }

  delivered(item: Item): void {
    this.#finish(item);
    this.#delivered++;
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
    const [lowest] = this.#open;
    const cursor = lowest === undefined ? this.#readTo : lowest - 1;
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

  #finish(item: Item): void {
    if (item.deferred) this.#settle.add(item.entry.position);
    else this.#open.delete(item.entry.position);
  }
}
