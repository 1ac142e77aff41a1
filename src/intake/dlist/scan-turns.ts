/** Bounds what is scanned in one turn of the event loop, over all connections: the thread also reads the mail server's datagrams. */

/** Most steps of a scanner (`DlistScanner.steps`) in one turn: a fraction of a millisecond. */
export const stepsPerTurn = 16_384;
/** Most that one connection makes before it asks again. */
export const stepsPerTake = 4096;

/** Of the connections of one intake. */
export class ScanTurns {
  readonly #waiting: (() => void)[] = [];
  #left = stepsPerTurn;
  #scheduled = false;

  /** Resolves when `stepsPerTake` steps may be made, in a later turn when there are no more in this one. To be followed by `leave`. */
  async enter(): Promise<void> {
    this.#schedule();
    if (this.#waiting.length === 0 && this.#left >= stepsPerTake) {
      this.#left -= stepsPerTake;
      return;
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Says how many steps were made, in the same turn. */
  leave(steps: number): void {
    this.#left += stepsPerTake - steps;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#left = stepsPerTurn;
      while (this.#left >= stepsPerTake) {
        const next = this.#waiting.shift();
        if (next === undefined) break;
        this.#left -= stepsPerTake;
        next();
      }
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
