/**
 * Keeps notifiers that read the log at the same time close together, so that each entry is unpacked, checked and
 * filtered once for all of them: what one has read is still in memory when the next one comes. A notifier that cannot keep up
 * is left behind after a moment, and reads for itself.
 */
import type { Position } from '../base/request.ts';
import { rememberedEntries } from '../examine/examiner.ts';

/** How far one may be ahead of another when it begins a step of reading. */
export const maxLead = 128;
/**
 * For so many looks, each so many milliseconds after the other, the fast ones wait for another one, and longer where it takes its
 * share of these entries in that time. What is counted are looks, because in a time in which the process has no processor
 * the receiver of nobody is slow.
 */
export const patience = { looks: 4, everyMs: 10, entries: 512 };
/**
 * One that was left behind is waited for again when it is so near, and has come so many entries further while those
 * in front have come at most twice as far; each time it needs twice as many.
 */
const again = { near: 2048, least: 512, most: 65_536 };

interface ReaderState {
  at: Position;
  readonly follows: boolean;
  /** Whether the others keep near it. */
  together: boolean;
  /** At which look, and from where, waiting for it began. */
  awaited: { readonly look: number; readonly from: Position } | undefined;
  /** Of one that was left behind: where it and the first were when its pace was last judged, and how far it has to come. */
  left: { readonly at: Position; readonly front: Position };
  needed: number;
}

/** One reader among the others. */
export interface Reader {
  /** How many entries it may read now after `at`; if none, it is woken when that may have changed. */
  room(at: Position): number;
  /** It has read up to here. */
  moved(at: Position): void;
  /** It reads no more. */
  leave(): void;
}

export class ReadAhead {
  readonly #readers = new Set<ReaderState>();
  readonly #waiting = new Set<() => void>();
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;

  /** How many readers there are. */
  get size(): number {
    return this.#readers.size;
  }

  /**
   * A reader that has read up to `at`. `wake` makes it ask again. `follows`: no other waits for it, though it waits for
   * the others.
   */
  join(at: Position, wake: () => void, follows = false): Reader {
    const own: ReaderState = {
      at,
      follows,
      together: false,
      awaited: undefined,
      left: { at, front: at },
      needed: again.least,
    };
    this.#readers.add(own);
    this.#rejoin(own);
    return {
      room: (from) => {
        own.at = from;
        const room = this.#room(own);
        if (room === 0) this.#wait(wake);
        return room;
      },
      moved: (to) => {
        own.at = to;
        this.#rejoin(own);
        this.#wakeAll();
      },
      leave: () => {
        this.#readers.delete(own);
        this.#waiting.delete(wake);
        this.#wakeAll();
      },
    };
  }

  /** So many that what is remembered of them is still there when the one that is furthest behind comes. */
  #room(own: ReaderState): number {
    let room = Number.POSITIVE_INFINITY;
    for (const other of this.#readers) {
      if (other === own || other.follows || !other.together || other.at > own.at) continue;
      const lead = own.at - other.at;
      if (lead <= maxLead) room = Math.min(room, rememberedEntries - lead);
      else if (this.#isAwaited(other)) return 0;
    }
    return room;
  }

  /** Whether one that is too far behind is still waited for. */
  #isAwaited(other: ReaderState): boolean {
    const { awaited } = other;
    if (awaited === undefined || other.at - awaited.from >= patience.entries / this.#readers.size) {
      other.awaited = { look: this.#looks, from: other.at };
      return true;
    }
    if (this.#looks - awaited.look < patience.looks) return true;
    other.together = false;
    other.left = { at: other.at, front: this.#front() };
    return false;
  }

  /** Where the first is of those that keep together. */
  #front(): Position {
    let front = 0;
    for (const { at, together } of this.#readers) if (together) front = Math.max(front, at);
    return front;
  }

  /** One that was left behind is waited for again once it has caught up, or is near and keeps up. */
  #rejoin(own: ReaderState): void {
    const front = this.#front();
    if (own.together) {
      if (front - own.at <= maxLead) own.awaited = undefined;
      return;
    }
    const hasCaughtUp = front - own.at <= maxLead / 2;
    if (!hasCaughtUp && !(this.#keepsUp(own, front) && front - own.at <= again.near)) return;
    if (!hasCaughtUp) own.needed = Math.min(2 * own.needed, again.most);
    own.together = true;
    own.awaited = undefined;
  }

  #keepsUp(own: ReaderState, front: Position): boolean {
    const taken = own.at - own.left.at;
    if (taken < own.needed) return false;
    const keepsUp = front - own.left.front <= 2 * taken;
    if (!keepsUp) own.left = { at: own.at, front };
    return keepsUp;
  }

  #wait(wake: () => void): void {
    this.#waiting.add(wake);
    const look = (): void => {
      this.#looks += 1;
      this.#timer = undefined;
      this.#wakeAll();
    };
    // Not begun anew by each that moves: then it would never come.
    this.#timer ??= setTimeout(look, patience.everyMs).unref();
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
