/** Counts what happens, with the reason, in one place, for the summary at the end and for whoever watches. */

/** What is counted, with what it is counted by. `recipient` is the notifier. */
export interface Counted {
  readonly what: 'delivered' | 'retry' | 'rejected' | 'dead' | 'filtered' | 'throttled' | 'shed' | 'suspected';
  readonly recipient: string;
  /** Option that filtered; empty elsewhere. */
  readonly reason: string;
  readonly count: number;
}

export class Counts {
  readonly #counts = new Map<string, { counted: Omit<Counted, 'count'>; count: number }>();

  add(what: Counted['what'], recipient: string, reason = '', count = 1): void {
    const key = `${what} ${recipient} ${reason}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { counted: { what, recipient, reason }, count });
    else known.count += count;
  }

  /** All counts that are not zero, in the order in which they first came up. */
  all(): readonly Counted[] {
    return [...this.#counts.values()].map(({ counted, count }) => ({ ...counted, count }));
  }
}
