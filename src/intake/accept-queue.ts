/** Hands on what an intake reads: one call of `accept` at a time, and what is read meanwhile is collected for the next. */
import { messageOf } from '../base/error.ts';
import type { Accepted, RawRequest } from '../base/request.ts';
import { type IntakeRecorder, ReadTimes } from '../metrics/intake-recorder.ts';
import type { Accept } from './intake.ts';

export interface AcceptQueueOptions {
  /** Most requests in one call of `accept`. */
  readonly maxRequests: number;
  /** Most bytes of offers in one call, unless one offer alone has more. Default: no limit. */
  readonly maxBytes?: number;
  /** Bytes of requests not yet answered for, from which on `full` is true. */
  readonly maxPendingBytes: number;
  /**
   * For so long, in milliseconds, a few requests of `add` wait for others, so that one call serves them all; asked each
   * time. One does not wait that came at least this long after the one before, if that one did too. Default: none wait.
   */
  readonly gatherMs?: () => number;
  readonly recorder?: IntakeRecorder | undefined;
  /** Told of requests that `accept` has refused. */
  readonly onLost: (requests: number, reason: string) => void;
}

/** What a request costs beside its bytes, roughly: many tiny ones are to be bounded as well. */
const requestOverheadBytes = 256;

/** So many requests are no longer few: with them a call is worth what it costs. */
const enough = 64;

/** Requests whose sender waits to hear what becomes of them: all of them are taken, or none. */
interface Offer {
  readonly requests: readonly RawRequest[];
  readonly answer: (answer: Answer) => void;
}

/** What becomes of what was offered: it is taken, or there is a reason why not. */
export type Answer = Accepted | { readonly refusal: string };

/** When a call is refused, its offers are tried one by one until so many in a row are refused as well. */
const refusalsInARow = 3;

/**
 * Keeps the order of what it is given by `add`, and of what it is given by `offer`; an intake uses one of them. Does not
 * read, does not log, and never rejects.
 */
export class AcceptQueue {
  readonly #accept: Accept;
  readonly #options: AcceptQueueOptions;
  #collected: RawRequest[] = [];
  #offers: Offer[] = [];
  #heldBytes = 0;
  readonly #readTimes: ReadTimes;
  #busy = false;
  #working: Promise<void> = Promise.resolve();
  #gathering: NodeJS.Timeout | undefined;
  /** When something was added last, on the clock of `performance`; whether long after the one before, and that one too. */
  #addedAt = Number.NEGATIVE_INFINITY;
  #wasLong = true;
  #isSparse = false;
  #onRoom: (() => void) | undefined;
  #taken = 0;

  constructor(accept: Accept, options: AcceptQueueOptions) {
    this.#accept = accept;
    this.#options = options;
    this.#readTimes = new ReadTimes(options.recorder);
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
    this.#readTimes.read(requests.length);
    for (const request of requests) {
      this.#collected.push(request);
      this.#heldBytes += costOf(request);
    }
    if (requests.length > 0 && this.#options.gatherMs !== undefined) {
      const now = performance.now();
      const isLong = now - this.#addedAt >= this.#options.gatherMs();
      // One long interval may be a moment without a processor.
      this.#isSparse = isLong && this.#wasLong;
      this.#wasLong = isLong;
      this.#addedAt = now;
    }
    if (this.#collected.length > 0 && !this.#busy) this.#begin();
  }

  /**
   * Takes requests that belong together, at least one, full or not: all of them are taken or none is. As many offers as
   * wait go into one call of `accept`; none is divided between two.
   */
  offer(requests: readonly RawRequest[]): Promise<Answer> {
    this.#readTimes.read(requests.length);
    return new Promise((answer) => {
      this.#offers.push({ requests, answer });
      for (const request of requests) this.#heldBytes += costOf(request);
      if (!this.#busy) this.#hurry();
    });
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

  /** Resolves when all that was added has been answered for: nothing of it waits for others any longer. */
  async settled(): Promise<void> {
    while (this.#busy || this.#gathering !== undefined) {
      if (!this.#busy) this.#hurry();
      await this.#working;
    }
  }

  /** Begins to work, now or when others may have come. */
  #begin(): void {
    const waitMs = this.#waitMs();
    if (waitMs === 0) this.#hurry();
    else this.#gathering ??= setTimeout(() => this.#hurry(), waitMs);
  }

  #hurry(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#working = this.#work();
  }

  /** How long what was added is to wait for others; 0: not at all. */
  #waitMs(): number {
    if (this.#isSparse) return 0;
    const isMuch = this.#collected.length === 0 || this.#collected.length >= enough || this.full;
    return isMuch || this.#offers.length > 0 ? 0 : (this.#options.gatherMs?.() ?? 0);
  }

  async #work(): Promise<void> {
    this.#busy = true;
    do {
      if (this.#collected.length > 0) await this.#handBatch(this.#take());
      if (this.#offers.length > 0) await this.#handOffers(this.#takeOffers());
    } while (this.#collected.length + this.#offers.length > 0 && this.#waitMs() === 0);
    this.#busy = false;
    if (this.#collected.length > 0) this.#begin();
  }

  async #handBatch(batch: readonly RawRequest[]): Promise<void> {
    this.#release(batch, await this.#hand(batch));
  }

  /** One that is too large for what room there is must not cost the others theirs, so after a refusal each has its own try. */
  async #handOffers(offers: readonly Offer[]): Promise<void> {
    let answered = await this.#hand(offers.flatMap(({ requests }) => requests));
    const eachAlone = 'refusal' in answered && offers.length > 1;
    let inARow = 0;
    let before = 0;
    for (const { requests, answer } of offers) {
      if (eachAlone && inARow < refusalsInARow) {
        answered = await this.#hand(requests);
        inARow = 'refusal' in answered ? inARow + 1 : 0;
      }
      this.#release(requests, answered);
      answer(eachAlone ? answered : behind(answered, before));
      before += requests.length;
    }
  }

  async #hand(requests: readonly RawRequest[]): Promise<Answer> {
    try {
      const accepted = await this.#accept(requests);
      this.#taken += requests.length;
      this.#options.recorder?.batch(requests.length);
      return accepted;
    } catch (thrown) {
      const refusal = messageOf(thrown);
      this.#options.recorder?.refused(refusal, Date.now());
      return { refusal };
    }
  }

  /** They are answered for. */
  #release(requests: readonly RawRequest[], answer: Answer): void {
    this.#readTimes.answered(requests.length, !('refusal' in answer));
    if ('refusal' in answer) this.#options.onLost(requests.length, answer.refusal);
    for (const request of requests) this.#heldBytes -= costOf(request);
    if (!this.full) this.#onRoom?.();
  }

  #take(): readonly RawRequest[] {
    const { maxRequests } = this.#options;
    if (this.#collected.length > maxRequests) return this.#collected.splice(0, maxRequests);
    const all = this.#collected;
    this.#collected = [];
    return all;
  }

  /** Whole offers, up to `maxRequests` and `maxBytes`, and one at least. */
  #takeOffers(): readonly Offer[] {
    const { maxRequests, maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    let count = 0;
    let bytes = 0;
    const end = this.#offers.findIndex(({ requests }) => {
      count += requests.length;
      for (const request of requests) bytes += costOf(request);
      return count > maxRequests || bytes > maxBytes;
    });
    return this.#offers.splice(0, end < 0 ? this.#offers.length : Math.max(1, end));
  }
}

/** The same for an offer that stood after so many requests of others. */
function behind(answer: Answer, before: number): Answer {
  return 'refusal' in answer ? answer : { idOf: (index) => answer.idOf(before + index) };
}

function costOf({ bytes }: RawRequest): number {
  return bytes.length + requestOverheadBytes;
}
