/** What the consumers hold of the room of the log, for the thread that appends: the consumers' own thread writes it. */
import { consumerBytes, type Store } from '../disk/store.ts';

/** It is read from the database so often, in milliseconds: that takes longer than all the rest of an append. */
const lookEveryMs = 1000;
/** From this share of the room on it is read each time. */
const nearlyFull = 7 / 8;

export class ConsumerShare {
  readonly #store: Store;
  readonly #maxBytes: number;
  #bytes = 0;
  #lookAt = 0;

  constructor(store: Store, maxBytes: number) {
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  /** Bytes of dead letters and of requests taken back. May be a second old unless, with `others`, the log is nearly full. */
  bytes(others: number): number {
    const now = performance.now();
    if (now >= this.#lookAt || others + this.#bytes >= this.#maxBytes * nearlyFull) {
      this.#bytes = consumerBytes(this.#store);
      this.#lookAt = now + lookEveryMs;
    }
    return this.#bytes;
  }
}
