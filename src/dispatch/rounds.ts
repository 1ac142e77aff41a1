/** Shows that a loop still comes round: who wants to know wakes it, and it answers by coming round once more. */

export class Rounds {
  readonly #wake: () => void;
  #next: Promise<void> | undefined;
  #answer: (() => void) | undefined;
  #standing = false;

  /** `wake` ends the loop's sleep. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Resolves when the loop comes round the next time, and at once while it stands still for others. */
  next(): Promise<void> {
    if (this.#standing) return Promise.resolve();
    this.#next ??= new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.#wake();
    return this.#next;
  }

  /** To be called by the loop, each time round and when it ends. */
  came(): void {
    this.#standing = false;
    this.#answer?.();
    this.#next = undefined;
  }

  /** To be called by the loop before it lets others take their time, until it has `came` again. */
  stand(): void {
    this.came();
    this.#standing = true;
  }
}
