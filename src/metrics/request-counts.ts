/** Counts requests by what they are, under names that no sender can add to. */

const classes = ['EVENT', 'MAIL', 'SIEVE', 'IMIP'] as const;
/** Stands for every name that is not known. */
const otherName = 'other';

export interface RequestCount {
  readonly class: string;
  /** The type of the event; empty for a request of another class. */
  readonly event: string;
  readonly count: number;
}

interface Counter {
  readonly class: string;
  readonly event: string;
  count: number;
}

export class RequestCounts {
  /** By type, and by type in small letters. */
  readonly #events = new Map<string, Counter>();
  readonly #others = new Map<string, Counter>(
    [...classes.slice(1), otherName].map((name) => [name, { class: name, event: '', count: 0 }]),
  );
  readonly #unusable = new Map<string, number>();

  /** Types that are counted by their names from now on. They come from the schemas: no request adds one. */
  know(types: Iterable<string>): void {
    for (const event of [otherName, ...types]) {
      const counter = this.#events.get(event) ?? { class: 'EVENT', event, count: 0 };
      this.#events.set(event, counter);
      this.#events.set(event.toLowerCase(), counter);
    }
  }

  /** A request that can be used. Its type and class may be anything. */
  usable({ class: name, event }: { readonly class: string; readonly event: string }): void {
    const upper = name === 'EVENT' ? name : name.toUpperCase();
    const counter =
      upper === 'EVENT'
        ? (this.#events.get(event) ?? this.#events.get(event.toLowerCase()) ?? this.#events.get(otherName))
        : (this.#others.get(upper) ?? this.#others.get(otherName));
    if (counter !== undefined) counter.count += 1;
  }

  /** One that cannot; `stage` is one of those of `Flaw`. */
  unusable(stage: string): void {
    this.#unusable.set(stage, (this.#unusable.get(stage) ?? 0) + 1);
  }

  /** Those that are not zero. */
  all(): readonly RequestCount[] {
    return [...new Set([...this.#events.values(), ...this.#others.values()])].filter(({ count }) => count > 0);
  }

  unusableByStage(): ReadonlyMap<string, number> {
    return this.#unusable;
  }
}
