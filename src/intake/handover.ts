/** Hands on what an intake reads: one call of `accept` at a time, and what is read meanwhile is collected for the next. */
import { messageOf } from '../error.ts';
import type { RawRequest } from '../request.ts';

export type Accept = (requests: readonly RawRequest[]) => Promise<void>;

export interface HandoverOptions {
  /** Most requests in one call of `accept`. */
  readonly maxRequests: number;
  /** Bytes of requests not yet answered for, from which on `full` is true. */
  readonly maxPendingBytes: number;
  /** Told of each call of `accept` that rejected. */
  readonly onLost: (requests: number, reason: string) => void;
}

/** What a request costs beside its bytes, roughly: many tiny ones are to be bounded as well. */
const requestOverheadBytes = 256;

/** Keeps the order of what it is given. Does not read, does not log, and never rejects. */
export class Handover {
  readonly #accept: Accept;
  readonly #options: HandoverOptions;
  #collected: RawRequest[] = [];
  #heldBytes = 0;
  #busy = false;
  #working: Promise<void> = Promise.resolve();
  #onRoom: (() => void) | undefined;
  #taken = 0;

  constructor(accept: Accept, options: HandoverOptions) {
    this.#accept = accept;
    this.#options = options;
  }

  /** Requests that `accept` has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether so much waits for `accept` that reading should wait too. */
  get full(): boolean {
    return this.#heldBytes >= this.#options.maxPendingBytes;
  }

  /** Takes more requests, full or not. */
  add(requests: readonly RawRequest[]): void {
    for (const request of requests) {
      this.#collected.push(request);
      this.#heldBytes += costOf(request);
    }
    if (this.#collected.length > 0 && !this.#busy) this.#working = this.#work();
  }

  /** Resolves when there is room, or when `signal` aborts. One wait at a time. */
  room(signal: AbortSignal): Promise<void> {
    if (!this.full || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onRoom = () => {
        this.#onRoom = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const wake = this.#onRoom;
      signal.addEventListener('abort', wake);
    });
  }

  /** Resolves when all that was added has been answered for. */
  async settled(): Promise<void> {
    while (this.#busy) await this.#working;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#collected.length > 0) {
      const batch = this.#take();
      try {
        await this.#accept(batch);
        this.#taken += batch.length;
      } catch (thrown) {
        this.#options.onLost(batch.length, messageOf(thrown));
      }
      for (const request of batch) this.#heldBytes -= costOf(request);
      if (!this.full) this.#onRoom?.();
    }
    this.#busy = false;
  }

  #take(): readonly RawRequest[] {
    const { maxRequests } = this.#options;
    if (this.#collected.length > maxRequests) return this.#collected.splice(0, maxRequests);
    const all = this.#collected;
    this.#collected = [];
    return all;
  }
}

function costOf({ bytes }: RawRequest): number {
  return bytes.length + requestOverheadBytes;
}
