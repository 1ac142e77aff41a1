/** The time of dispatch: that of the machine, but it never runs backwards, so that a clock set back stops no retry. */

export class SteadyClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  #at = Number.NEGATIVE_INFINITY;
  #read = 0;

  /** `wall`: milliseconds since the epoch. `monotonic`: milliseconds of a clock that nobody sets. */
  constructor(wall: () => number, monotonic: () => number) {
    this.#wall = wall;
    this.#monotonic = monotonic;
  }

  /**
   * Whole milliseconds since the epoch. When the machine's clock is set back it goes on from where it was, at its usual
   * pace; when that is set forward it follows.
   */
  readonly now = (): number => {
    const read = this.#monotonic();
    this.#at = Math.max(this.#wall(), this.#at + (read - this.#read));
    this.#read = read;
    return Math.floor(this.#at);
  };

  /** Something has been written at that time, perhaps by a process before this one: it is not earlier than that. */
  readonly notBefore = (at: number): void => {
    if (Number.isFinite(at) && at > this.now()) this.#at = at;
  };
}
