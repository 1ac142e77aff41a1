/** Those who want to change what a notifier has in the spool, until a moment comes at which it does nothing itself. */
import { BelfryError } from '../base/error.ts';
import type { Position } from '../base/request.ts';

/** A moment in which a consumer stands still: all that it has is in the spool, and its cursor is where it has read to. */
export interface Pause {
  /** Entries that are being attempted; they are deferred in the spool, and must stay so. */
  readonly underWay: ReadonlySet<Position>;
  /** Lets the circuit breaker find out at once whether the receiver is back. */
  probe(): void;
}

export class Visits {
  #waiting: { readonly admit: (pause: Pause) => Promise<void>; readonly refuse: (reason: Error) => void }[] = [];
  readonly #ring: () => void;
  #closed = false;

  /** `ring` wakes the consumer. */
  constructor(ring: () => void) {
    this.#ring = ring;
  }

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves with what `act` does once it was its turn. Rejects with BelfryError BUSY when the consumer ends before. */
  ask<T>(act: (pause: Pause) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const admit = async (pause: Pause): Promise<void> => {
        try {
          resolve(await act(pause));
        } catch (thrown) {
          reject(thrown);
        }
      };
      this.#waiting.push({ admit, refuse: reject });
      if (this.#closed) this.close();
      else this.#ring();
    });
  }

  /** Lets them in, one after the other. Never rejects. */
  async admit(pause: Pause): Promise<void> {
    for (const { admit } of this.#waiting.splice(0)) await admit(pause);
  }

  close(): void {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) {
      refuse(new BelfryError('BUSY', 'the notifier is stopping or restarting: try again in a moment'));
    }
  }
}
