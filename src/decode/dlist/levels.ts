/** The lists of a dlist line that are open, and what may come next in the innermost of them. */

/** A kvlist has keys and values in turn, and so has the line itself: its command, and one value. */
interface Level {
  readonly kind: 'line' | 'list' | 'kvlist';
  count: number;
}

export class Levels {
  readonly #levels: Level[] = [];
  #innermost: Level = { kind: 'line', count: 0 };

  /** How many lists are open. */
  get depth(): number {
    return this.#levels.length;
  }

  get isLine(): boolean {
    return this.#innermost.kind === 'line';
  }

  /** Whether nothing has come yet, not even the command. */
  get isEmptyLine(): boolean {
    return this.isLine && this.#innermost.count === 0;
  }

  /** Whether the line has its command and its value. */
  get isLineOver(): boolean {
    return this.isLine && this.#innermost.count === 2;
  }

  get expectsKey(): boolean {
    return this.#innermost.kind !== 'list' && this.#innermost.count % 2 === 0;
  }

  /** What is expected, for a message. */
  get expected(): string {
    const { kind, count } = this.#innermost;
    if (kind === 'line') return count === 0 ? 'a command' : 'a value';
    if (kind === 'list') return 'a value or )';
    return count % 2 === 0 ? 'a key or )' : 'a value';
  }

  /** Counts a value of the innermost list. */
  count(): void {
    this.#innermost.count += 1;
  }

  open(kind: 'list' | 'kvlist'): void {
    this.#levels.push(this.#innermost);
    this.#innermost = { kind, count: 0 };
  }

  /** Closes the innermost list; answers why that cannot be. */
  close(): string | undefined {
    const { kind, count } = this.#innermost;
    const outer = kind === 'line' ? undefined : this.#levels.pop();
    if (outer === undefined) return `) where ${this.expected} was expected`;
    if (kind === 'kvlist' && count % 2 === 1) return 'the list ends after a key; expected its value';
    this.#innermost = outer;
    return undefined;
  }
}
