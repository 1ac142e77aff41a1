/** How others reach the loop of a consumer: they wake it, see that it is alive, and ask it to pause. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BelfryError } from '../base/error.ts';
import { longestTimerMs } from '../base/limits.ts';
import type { Pause } from '../spool/pause.ts';

/** A loop that does not sleep gives others a turn after so many rounds. */
const roundsOfTurn = 4;

/** What a loop sleeps on. No `wake` is missed between two sleeps. */
export class Wakeup {
  #isWoken = false;
  #rounds = 0;
  #end: (() => void) | undefined;

  readonly wake = (): void => {
    this.#isWoken = true;
    this.#end?.();
  };

  /** Resolves at the next `wake`, at once if there was one since the last sleep, or after `timeoutMs`. */
  async sleep(timeoutMs?: number): Promise<void> {
    if (!this.#isWoken) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#end = resolve;
        if (timeoutMs !== undefined) timer = setTimeout(resolve, Math.min(timeoutMs, longestTimerMs));
      });
      clearTimeout(timer);
      this.#end = undefined;
    }
    this.#isWoken = false;
  }

  /**
   * The same, and others have a turn: those whose answers come at once, while there is much to do. `isMuch`: that there is.
   * What has woken the loop up to the end of it is taken note of by the next round.
   */
  async rest(timeoutMs: number | undefined, isMuch: boolean): Promise<void> {
    await this.sleep(timeoutMs);
    this.#rounds += 1;
    if (isMuch || this.#rounds >= roundsOfTurn) {
      this.#rounds = 0;
      await nextTurn();
    }
    this.#isWoken = false;
  }
}

/** Shows that a loop is alive: `next` wakes it, and it answers by coming round once more. */
export class Heartbeat {
  readonly #wake: () => void;
  #next: Promise<void> | undefined;
  #answer: (() => void) | undefined;
  #isPaused = false;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Resolves when the loop comes round the next time, and at once while it is paused for others. */
  next(): Promise<void> {
    if (this.#isPaused) return Promise.resolve();
    this.#next ??= new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.#wake();
    return this.#next;
  }

  /** To be called by the loop, each time round and when it ends. */
  beat(): void {
    this.#isPaused = false;
    this.#answer?.();
    this.#next = undefined;
  }

  /** To be called by the loop before it lets others take their time, until its next `beat`. */
  pause(): void {
    this.beat();
    this.#isPaused = true;
  }
}

/** For so long, in milliseconds, a request for a pause waits for a spool that records no progress: on a full disk it may be for days. */
export const pausePatienceMs = 5000;

const unrecorded =
  'cannot change the queue of this notifier, because belfry cannot save its progress (see "cannot save progress" in the log); if the disk is full, free some space and try again';

interface PauseRequest {
  /** Of the clock that is passed in. */
  readonly askedAt: number;
  readonly grant: (pause: Pause) => Promise<void>;
  readonly refuse: (reason: Error) => void;
}

/** Commands that change what a notifier has in the spool, and wait for a pause in which it does nothing itself. */
export class PauseRequests {
  #waiting: PauseRequest[] = [];
  readonly #wake: () => void;
  readonly #now: () => number;
  #closed = false;

  /** `now`: milliseconds, of a clock that is not set back. */
  constructor(wake: () => void, now: () => number) {
    this.#wake = wake;
    this.#now = now;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves with what `act` does in a pause. Rejects with BelfryError BUSY when the consumer ends before, or cannot record its progress. */
  ask<T>(act: (pause: Pause) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const grant = async (pause: Pause): Promise<void> => {
        try {
          resolve(await act(pause));
        } catch (thrown) {
          reject(thrown);
        }
      };
      this.#waiting.push({ askedAt: this.#now(), grant, refuse: reject });
      if (this.#closed) this.close();
      else this.#wake();
    });
  }

  /** Grants all requests, one after the other. Never rejects. */
  async grant(pause: Pause): Promise<void> {
    for (const { grant } of this.#waiting.splice(0)) await grant(pause);
  }

  /** There can be no pause now, because progress could not be recorded: refuses those that have waited for long. */
  postpone(): void {
    const since = this.#now() - pausePatienceMs;
    const given = this.#waiting.filter(({ askedAt }) => askedAt <= since);
    this.#waiting = this.#waiting.filter(({ askedAt }) => askedAt > since);
    for (const { refuse } of given) refuse(new BelfryError('BUSY', unrecorded));
  }

  close(): void {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) {
      refuse(new BelfryError('BUSY', 'the notifier is stopping or restarting: try again in a moment'));
    }
  }
}
