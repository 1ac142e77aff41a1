/** Waits in Node's own event loop until a descriptor can be read or written or is shut down, for descriptors that Node itself refuses. */
import { node } from 'koffi';

/**
 * Watches one descriptor through `uv_poll`, which koffi reaches. A thread of the pool asleep in poll(2) would do as
 * well, but it takes a thread for each socket, and until it wakes up neither `process.exit()`, nor an uncaught
 * exception, nor `Worker.terminate()` comes to an end. Here nothing sleeps but the loop.
 */
export class Readiness {
  readonly #fd: number;
  readonly #events: node.PollOptions;
  #handle: node.PollHandle | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(fd: number, event: 'readable' | 'writable' | 'disconnected') {
    this.#fd = fd;
    this.#events = {
      readable: event === 'readable',
      writable: event === 'writable',
      disconnect: event === 'disconnected',
    };
  }

  /**
   * Resolves when the descriptor is ready, when `signal` aborts, or when this is closed; which of these, the next call
   * on the descriptor shows it. Keeps the process alive meanwhile. One wait at a time.
   */
  wait(signal?: AbortSignal): Promise<void> {
    if (this.#wake !== undefined) throw new Error('somebody waits for this descriptor already');
    if (this.#closed || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined;
        this.#handle?.stop();
        signal?.removeEventListener('abort', wake);
        // libuv calls back without Node's knowledge, and the promises that are due then are only looked at after
        // Node's next own callback: this is one, still in the same turn of the loop.
        setImmediate(resolve);
      };
      this.#wake = wake;
      signal?.addEventListener('abort', wake);
      if (this.#handle === undefined) this.#handle = node.poll(this.#fd, this.#events, wake);
      else this.#handle.start(this.#events, wake);
    });
  }

  /** From now on a wait does not keep the process alive. */
  unref(): void {
    this.#handle?.unref();
  }

  /** To be called before the descriptor is closed. Ends a wait. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
    this.#handle?.close();
    this.#handle = undefined;
  }
}
