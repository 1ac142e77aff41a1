/** What a thread of intakes measures of its way from the socket to the spool, and keeps until it is asked. */
import { batchBounds, Histogram, type HistogramData, latencyBoundsMs } from './histogram.ts';

/** A refusal to store requests. */
export interface Refusal {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string;
}

export interface IntakeFacts {
  /** From the reading of a request to its commit, in milliseconds. */
  readonly stored: HistogramData;
  /** Requests in one call that stores them. */
  readonly batches: HistogramData;
  /** The last one, unless requests have been stored since. */
  readonly refusal?: Refusal;
}

export class IntakeRecorder {
  readonly #stored = new Histogram(latencyBoundsMs);
  readonly #batches = new Histogram(batchBounds);
  #refusal: Refusal | undefined;

  /** One call has stored so many requests. */
  batch(requests: number): void {
    this.#batches.observe(requests);
    this.#refusal = undefined;
  }

  /** So many requests were stored this long after they were read. */
  stored(ms: number, requests: number): void {
    this.#stored.observe(ms, requests);
  }

  /** One call has stored nothing. */
  refused(reason: string, at: number): void {
    this.#refusal = { at, reason };
  }

  facts(): IntakeFacts {
    const refusal = this.#refusal;
    return { stored: this.#stored.data(), batches: this.#batches.data(), ...(refusal && { refusal }) };
  }
}

/** When requests were read that wait to be stored, in the order in which they will be. Times are those of `performance`. */
export class ReadTimes {
  readonly #recorder: IntakeRecorder | undefined;
  /** How many were read together, and when: by turns. */
  readonly #waiting: number[] = [];

  constructor(recorder: IntakeRecorder | undefined) {
    this.#recorder = recorder;
  }

  read(requests: number): void {
    if (this.#recorder !== undefined && requests > 0) this.#waiting.push(requests, performance.now());
  }

  /** The next so many are answered for; those that were refused are not measured. */
  answered(requests: number, areStored: boolean): void {
    if (this.#recorder === undefined) return;
    const now = performance.now();
    for (let left = requests; left > 0 && this.#waiting.length > 0; ) {
      const [together = 0, at = now] = this.#waiting;
      const count = Math.min(left, together);
      if (areStored) this.#recorder.stored(now - at, count);
      left -= count;
      if (count < together) this.#waiting[0] = together - count;
      else this.#waiting.splice(0, 2);
    }
  }
}
