/**
 * Keeps notifiers that read the log at the same time close together, so that each entry is unpacked, checked and
 * filtered once for all of them: what one has read is still in memory when the next one comes. Whoever cannot keep up
 * is left behind after a moment, and reads for himself: nobody waits for a receiver that takes less than some ten
 * thousand in a second.
 */
import type { Position } from '../base/request.ts';

/** How far one reads ahead of another. With one step of reading it is within what is remembered of entries. */
export const leash = 128;
/** For so long, in milliseconds, the fast ones wait for another one, if it does not come on by `stride` in that time. */
export const patienceMs = 40;
const stride = 3 * leash;

interface Standing {
  at: Position;
  readonly follows: boolean;
  /** Whether the others keep near it. */
  together: boolean;
  /** Since when, and from where, it is being waited for. */
  waitedFor: { readonly since: number; readonly from: Position } | undefined;
}

/** One reader among the others. */
export interface Runner {
  /** Whether it may read on from `at` now; if not, it is rung for when that may have changed. */
  mayRead(at: Position): boolean;
  /** It has read up to here. */
  moved(at: Position): void;
  /** It reads no more. */
  leave(): void;
}

export class Pace {
  readonly #now: () => number;
  readonly #standings = new Set<Standing>();
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  /** `now`: milliseconds, of a clock that nobody sets. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * A reader that stands behind `at`. `ring` tells it to ask again. `follows`: nobody waits for it, though it waits for
   * the others.
   */
  join(at: Position, ring: () => void, follows = false): Runner {
    const own: Standing = { at, follows, together: false, waitedFor: undefined };
    this.#standings.add(own);
    this.#judge(own);
    return {
      mayRead: (from) => {
        own.at = from;
        const free = this.#isFree(own);
        if (!free) this.#wait(ring);
        return free;
      },
      moved: (to) => {
        own.at = to;
        this.#judge(own);
        this.#ringAll();
      },
      leave: () => {
        this.#standings.delete(own);
        this.#waiting.delete(ring);
        this.#ringAll();
      },
    };
  }

  /** Nobody else is left too far behind. */
  #isFree(own: Standing): boolean {
    const now = this.#now();
    let free = true;
    for (const other of this.#standings) {
      if (other === own || other.follows || !other.together || own.at - other.at <= leash) continue;
      const { since, from } = other.waitedFor ?? { since: now, from: other.at };
      const comesOn = other.at - from >= stride;
      if (other.waitedFor === undefined || comesOn) other.waitedFor = { since: now, from: other.at };
      if (comesOn || now - since < patienceMs) free = false;
      else other.together = false;
    }
    return free;
  }

  /** One that was left behind is waited for again once it is near. */
  #judge(own: Standing): void {
    let front = 0;
    for (const { at, together } of this.#standings) if (together) front = Math.max(front, at);
    if (!own.together && front - own.at <= leash / 2) own.together = true;
    if (front - own.at <= leash) own.waitedFor = undefined;
  }

  #wait(ring: () => void): void {
    this.#waiting.add(ring);
    this.#timer ??= setTimeout(() => this.#ringAll(), patienceMs).unref();
  }

  #ringAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const ring of waiting) ring();
  }
}
