/** Counts what happens, with the reason, in one place, for the summary at the end and for observers. */

/** What is counted, with what it is counted by. `recipient` is the notifier. */
export interface Counted {
  readonly what:
    | 'delivered'
    | 'retry'
    | 'rejected'
    | 'dead'
    | 'filtered'
    | 'coalesced'
    | 'throttled'
    | 'shed'
    | 'suspected';
  readonly recipient: string;
  /** Option that filtered; empty elsewhere. */
  readonly reason: string;
  readonly count: number;
}

type What = Counted['what'];
interface Counter {
  readonly counted: Omit<Counted, 'count'>;
  count: number;
}

export class Counts {
  readonly #counters: Counter[] = [];
  /** By what, notifier and reason. Not by one key made of the three: that would cost more than the rest of a count. */
  readonly #found = new Map<What, Map<string, Map<string, Counter>>>();

  add(what: What, recipient: string, reason = '', count = 1): void {
    const counter = this.#found.get(what)?.get(recipient)?.get(reason) ?? this.#make(what, recipient, reason);
    counter.count += count;
  }

  /** All counts that are not zero, in the order in which they first came up. */
  all(): readonly Counted[] {
    return this.#counters.map(({ counted, count }) => ({ ...counted, count }));
  }

  #make(what: What, recipient: string, reason: string): Counter {
    const counter = { counted: { what, recipient, reason }, count: 0 };
    this.#counters.push(counter);
    const recipients = this.#found.get(what) ?? new Map<string, Map<string, Counter>>();
    this.#found.set(what, recipients);
    const reasons = recipients.get(recipient) ?? new Map<string, Counter>();
    recipients.set(recipient, reasons);
    reasons.set(reason, counter);
    return counter;
  }
}
