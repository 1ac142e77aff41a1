/** Keeps the bytes of one line while it arrives: one copy of them, whatever the pieces, and no more memory than was granted. */
import type { ByteBudget } from '../byte-budget.ts';

/** What a line may take without asking: the number of connections bounds it. */
const freeBytes = 64 * 1024;
const firstBytes = 4096;
/** Room for what stands after a literal, which is the end of the line as Cyrus writes it. */
const behindLiteral = 4096;

export class LineBuffer {
  readonly #budget: ByteBudget;
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #used = 0;
  #granted = 0;
  #giveUp: (() => void) | undefined;

  constructor(budget: ByteBudget, maxBytes: number) {
    this.#budget = budget;
    this.#maxBytes = maxBytes;
  }

  /**
   * Makes room for `length` bytes more. `announced` is how long the line is at least: all of it is asked for at once, so
   * that holders of a part do not wait for each other. Answers false when `release` came before it was granted.
   */
  async reserve(length: number, announced: number): Promise<boolean> {
    const needed = Math.max(this.#used + length, announced);
    if (needed <= this.#buffer.length) return true;
    const known = needed > this.#used + length ? needed + behindLiteral : 2 * needed;
    const capacity = needed <= freeBytes ? roundUp(needed) : Math.max(needed, Math.min(known, this.#maxBytes));
    const more = (capacity > freeBytes ? capacity : 0) - this.#granted;
    if (more > 0 && !(await this.#ask(more))) return false;
    // Not filled: the system gives memory only where something is written.
    const larger = Buffer.allocUnsafeSlow(capacity);
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
    return true;
  }

  /** There must be room. */
  append(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** The line; copied only where much of the memory after it would be kept for nothing. */
  bytes(): Buffer {
    const line = this.#buffer.subarray(0, this.#used);
    return this.#buffer.length - this.#used > this.#used / 8 ? Buffer.from(line) : line;
  }

  /** Gives back what was granted, and gives up what was not. Idempotent. */
  release(): void {
    this.#giveUp?.();
    if (this.#granted > 0) this.#budget.give(this.#granted);
    this.#granted = 0;
    this.#buffer = Buffer.alloc(0);
    this.#used = 0;
  }

  #ask(bytes: number): Promise<boolean> {
    return new Promise((resolve) => {
      const withdraw = this.#budget.take(bytes, () => {
        this.#giveUp = undefined;
        this.#granted += bytes;
        resolve(true);
      });
      // It may have been granted at once.
      if (this.#granted >= bytes) return;
      this.#giveUp = () => {
        this.#giveUp = undefined;
        withdraw();
        resolve(false);
      };
    });
  }
}

/** The smallest size, or twice it, or twice that, … that holds so many. */
function roundUp(bytes: number): number {
  return Math.max(firstBytes, 2 ** Math.ceil(Math.log2(bytes)));
}
