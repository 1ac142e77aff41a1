/**
 * Keeps notifiers that read the log at the same time close together, so that each entry is unpacked, checked and
 * filtered once for all of them: what one has read is still in memory when the next one comes. A notifier that cannot keep up
 * is left behind after a moment, and reads for itself: none waits for a receiver that takes less than some ten
 * thousand in a second.
 */
import type { Position } from '../base/request.ts';

/** How far one reads ahead of another. With one step of reading it is within what is remembered of entries. */
export const maxLead = 128;
/** For so long, in milliseconds, the fast ones wait for another one, if it does not come on by `minProgress` in that time. */
export const patienceMs = 40;
const minProgress = 3 * maxLead;

interface ReaderState {
  at: Position;
  readonly follows: boolean;
  /** Whether the others keep near it. */
  together: boolean;
  /** Since when, and from where, it is being waited for. */
  waitedFor: { readonly since: number; readonly from: Position } | undefined;
}

/** One reader among the others. */
export interface Reader {
  /** Whether it may read on from `at` now; if not, it is rung for when that may have changed. */
  mayRead(at: Position): boolean;
  /** It has read up to here. */
  moved(at: Position): void;
  /** It reads no more. */
  leave(): void;
}

export class ReadAhead {
  readonly #now: () => number;
  readonly #readers = new Set<ReaderState>();
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** `now`: milliseconds, of a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many readers there are. */
  get size(): number {
    return this.#readers.size;
  }

  /**
   * A reader that has read up to `at`. `wake` makes it ask again. `follows`: no other waits for it, though it waits for
   * the others.
   */
  join(at: Position, wake: () => void, follows = false): Reader {
    const own: ReaderState = { at, follows, together: false, waitedFor: undefined };
    this.#readers.add(own);
    this.#judge(own);
    return {
      mayRead: (from) => {
        own.at = from;
        const free = this.#isFree(own);
        if (!free) this.#wait(wake);
        return free;
      },
      moved: (to) => {
        own.at = to;
        this.#judge(own);
        this.#wakeAll();
      },
      leave: () => {
        this.#readers.delete(own);
        this.#waiting.delete(wake);
        this.#wakeAll();
      },
    };
  }

  /** Nobody else is left too far behind. */
  #isFree(own: ReaderState): boolean {
    const now = this.#now();
    let free = true;
    for (const other of this.#readers) {
      if (other === own || other.follows || !other.together || own.at - other.at <= maxLead) continue;
      const { since, from } = other.waitedFor ?? { since: now, from: other.at };
      const comesOn = other.at - from >= minProgress;
      if (other.waitedFor === undefined || comesOn) other.waitedFor = { since: now, from: other.at };
      if (comesOn || now - since < patienceMs) free = false;
      else other.together = false;
    }
    return free;
  }

  /** One that was left behind is waited for again once it is near. */
  #judge(own: ReaderState): void {
    let front = 0;
    for (const { at, together } of this.#readers) if (together) front = Math.max(front, at);
    if (!own.together && front - own.at <= maxLead / 2) own.together = true;
    if (front - own.at <= maxLead) own.waitedFor = undefined;
  }

  #wait(wake: () => void): void {
    this.#waiting.add(wake);
    this.#timer ??= setTimeout(() => this.#wakeAll(), patienceMs).unref();
  }

  #wakeAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
