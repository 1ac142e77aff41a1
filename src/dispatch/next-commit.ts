/** What a consumer has done since its last commit, gathered so that the next one records all of it at once. */
import type { Position } from '../base/request.ts';
import { unusableOption } from '../examine/choose.ts';
import type { FilterReason } from '../filter/filter.ts';
import {
  aheadLimit,
  type ConsumerState,
  type DeadLetter,
  type Deferral,
  type Progress,
  type ReceiverState,
} from '../spool/spool.ts';
import { OutcomeGroups } from './outcome-groups.ts';

/** The option by which requests that can be used are filtered for the consumer that keeps the others. */
export const soundOption = 'sound';

/** Characters of the reason for which a receiver is failing. */
const rememberedReason = 300;

/** Where nothing could be read, up to `to`. */
interface Gap {
  readonly to: Position;
  /** Entries that are lost in it. */
  readonly lost: number;
}

export class NextCommit {
  /** The cursor of the last commit. */
  #saved: Position;
  /** Finished since the last commit; and before it, what is too far beyond the cursor to be remembered by the spool. */
  #delivered: Position[] = [];
  #filtered: Position[] = [];
  #coalesced: Position[] = [];
  #damaged: Position[] = [];
  #dropped: Position[] = [];
  /** They count when the cursor has passed them: if it does not get there, they are found again. */
  #gaps: Gap[] = [];
  #defer = new Map<Position, Deferral>();
  /** Deferred entries that are finished. */
  #finishedDeferred = new Set<Position>();
  #dead: DeadLetter[] = [];
  #deadBytes = 0;
  readonly #outcomes = new OutcomeGroups();
  #receiver: ReceiverState | undefined;
  #receiverChanged = false;

  constructor({ cursor, receiver }: Pick<ConsumerState, 'cursor' | 'receiver'>) {
    this.#saved = cursor;
    this.#receiver = receiver;
  }

  /** Bytes of the dead letters. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  /** `at`: when the receiver had answered, `answer` what, after how many attempts. */
  delivered(position: Position, at: number, attempts: number, answer: string | undefined): void {
    this.#delivered.push(position);
    this.#outcomes.delivered(position, at, attempts, answer);
  }

  filtered(position: Position, { option, detail }: FilterReason, at: number): void {
    this.#filtered.push(position);
    // Of these the dead letter, or that there is none, says it all.
    if (option !== soundOption && option !== unusableOption) this.#outcomes.filtered(position, at, option, detail);
  }

  /** The entry `into` stands for it from now on. */
  coalesced(position: Position, at: number, into: string): void {
    this.#coalesced.push(position);
    this.#outcomes.coalesced(position, at, into);
  }

  dropped(position: Position, at: number): void {
    this.#dropped.push(position);
    this.#outcomes.dropped(position, at);
  }

  damaged(position: Position): void {
    this.#damaged.push(position);
  }

  /** Nothing could be read up to `to`: so many entries are lost. */
  gap(to: Position, lost: number): void {
    if (lost > 0) this.#gaps.push({ to, lost });
  }

  addDead(letter: DeadLetter): void {
    this.#dead.push(letter);
    this.#deadBytes += letter.entry.request.bytes.byteLength;
  }

  defer(deferral: Deferral): void {
    this.#defer.set(deferral.position, deferral);
  }

  /** A deferred entry is finished; it may have been deferred since the last commit. */
  removeDeferred(position: Position): void {
    this.#defer.delete(position);
    this.#finishedDeferred.add(position);
  }

  /** An attempt has ended; `reason` says why it failed, if it did. */
  attempted(at: number, reason: string | undefined): void {
    const failing = reason?.slice(0, rememberedReason);
    if (this.#receiver !== undefined && this.#receiver.failing === failing) return;
    // One that fails in another way has been failing all the time.
    const since = failing === undefined ? at : this.#receiver?.failing === undefined ? at : this.#receiver.at;
    this.#receiver = { at: since, ...(failing === undefined ? {} : { failing }) };
    this.#receiverChanged = true;
  }

  /** What is to be committed with this cursor, and begins anew; undefined when nothing has changed. */
  take(cursor: Position): Progress | undefined {
    const ahead: Position[] = [];
    const [delivered, laterDelivered] = count(this.#delivered, cursor, ahead);
    const [filtered, laterFiltered] = count(this.#filtered, cursor, ahead);
    const [coalesced, laterCoalesced] = count(this.#coalesced, cursor, ahead);
    const [missing, laterDamaged] = count(this.#damaged, cursor, ahead);
    const [dropped, laterDropped] = count(this.#dropped, cursor, ahead);
    const passed = this.#gaps.filter(({ to }) => to <= cursor);
    const damaged = passed.reduce((sum, { lost }) => sum + lost, missing);
    const idle = cursor === this.#saved && this.#defer.size + this.#finishedDeferred.size + this.#dead.length === 0;
    if (idle && delivered + filtered + coalesced + damaged + dropped === 0 && !this.#receiverChanged) return undefined;
    const outcomes = this.#outcomes.take();
    const progress: Progress = {
      cursor,
      ...(ahead.length > 0 ? { ahead } : {}),
      ...(this.#defer.size > 0 ? { defer: [...this.#defer.values()] } : {}),
      ...(this.#finishedDeferred.size > 0 ? { removeDeferred: [...this.#finishedDeferred] } : {}),
      ...(this.#dead.length > 0 ? { addDead: this.#dead } : {}),
      ...(outcomes === undefined ? {} : { outcomes }),
      ...(this.#receiverChanged && this.#receiver ? { receiver: this.#receiver } : {}),
      tally: {
        ...{ delivered, filtered },
        ...(coalesced > 0 ? { coalesced } : {}),
        ...(damaged > 0 ? { damaged } : {}),
        ...(dropped > 0 ? { dropped } : {}),
      },
    };
    this.#receiverChanged = false;
    this.#saved = cursor;
    this.#defer = new Map();
    this.#finishedDeferred = new Set();
    this.#dead = [];
    this.#deadBytes = 0;
    this.#delivered = laterDelivered;
    this.#filtered = laterFiltered;
    this.#coalesced = laterCoalesced;
    this.#damaged = laterDamaged;
    this.#dropped = laterDropped;
    if (passed.length > 0) this.#gaps = this.#gaps.filter(({ to }) => to > cursor);
    return progress;
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
