/** When the spool is trimmed: with the appends while there is more to trim, and now and then when nothing is appended. */

/** Trimming is looked after so often, in milliseconds, unless the last step has left something to the next. */
const trimEveryMs = 500;
/** The same when nothing is appended: entries grow old, and consumers pass them, all the same. */
const idleTrimEveryMs = 1000;

export class TrimSchedule {
  readonly #trim: () => Promise<boolean>;
  readonly #idleTimer: NodeJS.Timeout;
  #trimming = false;
  #trimAt = 0;
  #closed = false;

  /** `trim`: one step; answers whether the next one may find something at once. */
  constructor(trim: () => Promise<boolean>) {
    this.#trim = trim;
    this.#idleTimer = setInterval(() => void this.#trimIdle(), idleTrimEveryMs).unref();
  }

  /** One step, when it is time for one; whether the next one may find something at once. Never rejects. */
  async stepWhenDue(): Promise<boolean> {
    if (this.#trimming || performance.now() < this.#trimAt) return false;
    this.#trimming = true;
    try {
      const more = await this.#trim();
      this.#trimAt = more ? 0 : performance.now() + trimEveryMs;
      return more;
    } catch {
      // A full disk; the append that goes with it says so, and trimming comes round again.
      this.#trimAt = performance.now() + trimEveryMs;
      return false;
    } finally {
      this.#trimming = false;
    }
  }

  /** No step begins any more. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#idleTimer);
  }

  async #trimIdle(): Promise<void> {
    while (!this.#closed && (await this.stepWhenDue())) {}
  }
}
