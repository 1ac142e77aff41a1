/** The last failure of each notifier since the daemon started, also when it has delivered since. */

export interface LastFailure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly reason: string;
}

export class LastFailures {
  readonly #byNotifier = new Map<string, LastFailure>();

  note(notifier: string, at: number, reason: string): void {
    this.#byNotifier.set(notifier, { at, reason });
  }

  of(notifier: string): LastFailure | undefined {
    return this.#byNotifier.get(notifier);
  }
}
