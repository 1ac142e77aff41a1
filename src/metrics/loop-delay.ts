/** How late the event loop of a thread is, measured only while somebody asks for it. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

export interface LoopDelayData {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const resolutionMs = 20;
const defaultStopAfterMs = 5 * 60_000;
const nanosecondsPerMs = 1e6;

export class LoopDelay {
  readonly #stopAfterMs: number;
  #histogram: IntervalHistogram | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `stopAfterMs`: how long after the last question it goes on measuring, which wakes the thread fifty times a second. */
  constructor(stopAfterMs = defaultStopAfterMs) {
    this.#stopAfterMs = stopAfterMs;
  }

  /** Since the question before; undefined for the first one, with which it begins. */
  read(): LoopDelayData | undefined {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), this.#stopAfterMs).unref();
    const histogram = this.#histogram;
    if (histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#histogram.enable();
      return undefined;
    }
    if (histogram.count === 0) return { p50Ms: 0, p99Ms: 0, maxMs: 0 };
    // It measures from one turn of its timer to the next, and that is what the timer waits.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / nanosecondsPerMs - resolutionMs);
    const read = {
      p50Ms: late(histogram.percentile(50)),
      p99Ms: late(histogram.percentile(99)),
      maxMs: late(histogram.max),
    };
    histogram.reset();
    return read;
  }

  /** Idempotent; the next question begins anew. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#histogram?.disable();
    this.#histogram = undefined;
  }
}
