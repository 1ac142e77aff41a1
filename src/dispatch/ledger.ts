/** What a consumer has done since its last commit: gathered here, so that one commit says all of it at once. */

import type { Position } from '../base/request.ts';
import { unusableOption } from '../examine/examine.ts';
import type { FilterReason } from '../filter/filter.ts';
import {
  type AttemptRecord,
  aheadLimit,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Progress,
  type ReceiverState,
} from '../spool/spool.ts';
import type { Item } from './lane.ts';
import { OutcomeGroups } from './outcome-groups.ts';

/** Of a long history the first and the newest attempts are remembered, so that it stays small. */
const rememberedAttempts = 50;

export function remember(attempts: readonly AttemptRecord[], attempt: AttemptRecord): readonly AttemptRecord[] {
  const [first, ...rest] = attempts;
  if (first === undefined) return [attempt];
  return [first, ...rest.slice(-(rememberedAttempts - 2)), attempt];
}

/** The option by which requests that can be used are filtered for the consumer that keeps the others. */
export const soundOption = 'sound';

/** Characters of the reason for which a receiver is failing. */
const rememberedReason = 300;

/** A stretch of the log in which nothing could be read, up to `to`. */
interface Gap {
  readonly to: Position;
  /** Entries that are lost in it. */
  readonly lost: number;
}

export class Ledger {
  /** Fresh entries that were read and are not finished. They are added in order, so the first is the lowest. */
  readonly #open = new Set<Position>();
  /** Finished since the last commit; and before it, what is too far beyond the cursor to be remembered by the spool. */
  #delivered: Position[] = [];
  #filtered: Position[] = [];
  #damaged: Position[] = [];
  #dropped: Position[] = [];
  /** They count when the cursor has passed them: if it does not get there, they are found again. */
  #gaps: Gap[] = [];
  #readTo: Position;
  #saved: Position;
  #defer = new Map<Position, Deferral>();
  #settle = new Set<Position>();
  #bury: DeadLetter[] = [];
  #buriedBytes = 0;
  readonly #outcomes = new OutcomeGroups();
  #receiver: ReceiverState | undefined;
  #receiverChanged = false;

  constructor({ cursor, receiver }: Pick<ConsumerState, 'cursor' | 'receiver'>) {
    this.#receiver = receiver;
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

  /** The entry was found finished already, and counted. */
  passOver(position: Position): void {
    this.#readTo = position;
  }

  /** Nothing could be read behind `readTo` up to `to`, where so many entries are lost. */
  skip(to: Position, lost: number): void {
    this.#readTo = to;
    if (lost > 0) this.#gaps.push({ to, lost });
  }

  /** The entry has been read and is to be attempted. */
  begin(position: Position): void {
    this.#readTo = position;
    this.#open.add(position);
  }

  /** The entry has been read and is not for this notifier. */
  filtered(position: Position, reason: FilterReason, at: number): void {
    this.#readTo = position;
    this.#addFiltered(position, reason, at);
  }

  /** The entry has been read and cannot be used. */
  unusable(letter: DeadLetter): void {
    this.#readTo = letter.entry.position;
    this.#addDead(letter);
  }

  /** The entry has been read, cannot be used, and is not kept. */
  discarded(position: Position, at: number): void {
    this.#readTo = position;
    this.#dropped.push(position);
    this.#outcomes.dropped(position, at);
  }

  /** A deferred entry that cannot be used. */
  unusableLate(letter: DeadLetter): void {
    this.#settle.add(letter.entry.position);
    this.#addDead(letter);
  }

  /** Of the dead letters since the last commit. */
  get deadBytes(): number {
    return this.#buriedBytes;
  }

  /** A deferred entry that the filters no longer let through. */
  filteredLate(position: Position, reason: FilterReason, at: number): void {
    this.#settle.add(position);
    this.#addFiltered(position, reason, at);
  }

  /** An entry that was attempted, and that the notifier holds back. */
  filteredByNotifier(item: Item, reason: FilterReason, at: number): void {
    this.#finish(item);
    this.#addFiltered(item.entry.position, reason, at);
  }

  /** A deferred entry that the spool no longer has. */
  vanished(position: Position): void {
    this.#settle.add(position);
    this.#damaged.push(position);
  }

  /** `at`: when it was; `answer`: what the receiver said. */
  delivered(item: Item, at: number, answer: string | undefined): void {
    this.#finish(item);
    this.#delivered.push(item.entry.position);
    this.#outcomes.delivered(item.entry.position, at, item.attempts.length + 1, answer);
  }

  /** An attempt has ended; `reason` says why it failed, if it did. */
  attempted(at: number, reason: string | undefined): void {
    const failing = reason?.slice(0, rememberedReason);
    if (this.#receiver !== undefined && this.#receiver.failing === failing) return;
    this.#receiver = { at, ...(failing === undefined ? {} : { failing }) };
    this.#receiverChanged = true;
  }

  bury(item: Item, letter: DeadLetter): void {
    this.#finish(item);
    this.#addDead(letter);
  }

  #addFiltered(position: Position, { option, detail }: FilterReason, at: number): void {
    this.#filtered.push(position);
    // Of these the dead letter, or that there is none, says it all.
    if (option !== soundOption && option !== unusableOption) this.#outcomes.filtered(position, at, option, detail);
  }

  #addDead(letter: DeadLetter): void {
    this.#bury.push(letter);
    this.#buriedBytes += letter.entry.request.bytes.byteLength;
  }

  defer(deferral: Deferral): void {
    this.#open.delete(deferral.position);
    this.#defer.set(deferral.position, deferral);
  }

  /** The gathered step; undefined when nothing has changed. */
  take(): Progress | undefined {
    const cursor = this.#cursor();
    const ahead: Position[] = [];
    const [delivered, laterDelivered] = count(this.#delivered, cursor, ahead);
    const [filtered, laterFiltered] = count(this.#filtered, cursor, ahead);
    const [vanished, laterDamaged] = count(this.#damaged, cursor, ahead);
    const [dropped, laterDropped] = count(this.#dropped, cursor, ahead);
    const passed = this.#gaps.filter(({ to }) => to <= cursor);
    const damaged = passed.reduce((sum, { lost }) => sum + lost, vanished);
    const idle = cursor === this.#saved && this.#defer.size + this.#settle.size + this.#bury.length === 0;
    if (idle && delivered + filtered + damaged + dropped === 0 && !this.#receiverChanged) return undefined;
    const outcomes = this.#outcomes.take();
    const progress: Progress = {
      cursor,
      ...(ahead.length > 0 ? { ahead } : {}),
      ...(this.#defer.size > 0 ? { defer: [...this.#defer.values()] } : {}),
      ...(this.#settle.size > 0 ? { settle: [...this.#settle] } : {}),
      ...(this.#bury.length > 0 ? { bury: this.#bury } : {}),
      ...(outcomes === undefined ? {} : { outcomes }),
      ...(this.#receiverChanged && this.#receiver ? { receiver: this.#receiver } : {}),
      tally: { delivered, filtered, ...(damaged > 0 ? { damaged } : {}), ...(dropped > 0 ? { dropped } : {}) },
    };
    this.#receiverChanged = false;
    this.#saved = cursor;
    this.#defer = new Map();
    this.#settle = new Set();
    this.#bury = [];
    this.#buriedBytes = 0;
    this.#delivered = laterDelivered;
    this.#filtered = laterFiltered;
    this.#damaged = laterDamaged;
    this.#dropped = laterDropped;
    if (passed.length > 0) this.#gaps = this.#gaps.filter(({ to }) => to > cursor);
    return progress;
  }

  #cursor(): Position {
    const [lowest] = this.#open;
    return lowest === undefined ? this.#readTo : lowest - 1;
  }

  #finish({ entry: { position }, deferred }: Item): void {
    this.#open.delete(position);
    if (!deferred) return;
    // It may have been parked since the last commit.
    this.#defer.delete(position);
    this.#settle.add(position);
  }
}

/** How many of these may be counted now, and the rest. Adds those beyond the cursor to `ahead`. */
function count(finished: readonly Position[], cursor: Position, ahead: Position[]): readonly [number, Position[]] {
  const later: Position[] = [];
  for (const position of finished) {
    if (position > cursor + aheadLimit) later.push(position);
    else if (position > cursor) ahead.push(position);
  }
  return [finished.length - later.length, later];
}
