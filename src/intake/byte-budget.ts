/** Bytes that may be held at a time: a reader that needs many asks first, and waits its turn when there are none left. */

export class ByteBudget {
  readonly #waiting: { readonly bytes: number; readonly granted: () => void }[] = [];
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * Calls `granted` when so many bytes are the caller's, perhaps at once, and not before all earlier callers have theirs.
   * What is asked for is asked for at once, and is no more than the whole: so a holder of some can finish. The
   * answer withdraws what has not been granted yet.
   */
  take(bytes: number, granted: () => void): () => void {
    const waiting = { bytes, granted };
    this.#waiting.push(waiting);
    this.#grant();
    return () => {
      const at = this.#waiting.indexOf(waiting);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      this.#grant();
    };
  }

  /** Gives back what was granted. */
  give(bytes: number): void {
    this.#free += bytes;
    this.#grant();
  }

  #grant(): void {
    for (let [next] = this.#waiting; next !== undefined && next.bytes <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#free -= next.bytes;
      next.granted();
    }
  }
}
