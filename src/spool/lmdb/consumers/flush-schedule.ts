/** When what is only in memory or in the cursor file goes into the database: soon after a change, and now and then. */

/** How long the database may lag behind, in milliseconds. */
const flushAfterMs = 200;
/** The outcomes of entries that are gone are looked for so often, also when nothing happens. */
const trimOutcomesMs = 10_000;

export class FlushSchedule {
  readonly #flush: () => Promise<void>;
  readonly #regular: NodeJS.Timeout;
  #next: NodeJS.Timeout | undefined;
  #closed = false;

  /** `flush`: one that fails is followed by another with the next change. */
  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
    this.#regular = setInterval(() => this.soon(), trimOutcomesMs).unref();
  }

  soon(): void {
    if (this.#next !== undefined || this.#closed) return;
    this.#next = setTimeout(() => {
      this.#next = undefined;
      this.#flush().catch(() => {});
    }, flushAfterMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#next);
    clearInterval(this.#regular);
  }
}
