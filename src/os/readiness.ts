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
  /** Whether the loop looks at the descriptor: also between two waits, because beginning and ending that are system calls. */
  #isWatched = false;
  #closed = false;
  #wake: (() => void) | undefined;
  #signal: AbortSignal | undefined;

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
   * on the descriptor shows it. Keeps the process alive until the descriptor is ready and nobody waits, a `signal` aborts, or
   * this is closed. One wait at a time.
   */
  wait(signal?: AbortSignal): Promise<void> {
    if (this.#wake !== undefined) throw new Error('somebody waits for this descriptor already');
    if (this.#closed || signal?.aborted) return Promise.resolve();
    this.#listen(signal);
    return new Promise((resolve) => {
      // libuv calls back without Node's knowledge, and the promises that are due then are only looked at after
      // Node's next own callback: this is one, still in the same turn of the loop.
      this.#wake = () => setImmediate(resolve);
      if (this.#handle === undefined) this.#handle = node.poll(this.#fd, this.#events, this.#ready);
      else if (!this.#isWatched) this.#handle.start(this.#events, this.#ready);
      this.#isWatched = true;
    });
  }

  /** From now on a wait does not keep the process alive. */
  unref(): void {
    this.#handle?.unref();
  }

  /** To be called before the descriptor is closed. Ends a wait. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#end();
    this.#listen(undefined);
    this.#handle?.close();
    this.#handle = undefined;
  }

  readonly #ready = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    // The loop would call again and again.
    if (wake === undefined) this.#unwatch();
    else wake();
  };

  readonly #end = (): void => {
    this.#unwatch();
    this.#wake?.();
    this.#wake = undefined;
  };

  #unwatch(): void {
    if (this.#isWatched) this.#handle?.stop();
    this.#isWatched = false;
  }

  /** Mostly it is the same signal each time. */
  #listen(signal: AbortSignal | undefined): void {
    if (signal === this.#signal) return;
    this.#signal?.removeEventListener('abort', this.#end);
    signal?.addEventListener('abort', this.#end);
    this.#signal = signal;
  }
}
