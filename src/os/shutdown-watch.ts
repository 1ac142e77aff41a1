/** Finds out when a listening socket is shut down by the process that passed it to us, of which Node says nothing. */
import { BelfryError } from '../base/error.ts';
import { close, conditionOf, errnoText, F_DUPFD_CLOEXEC, fcntl, lastErrno, POLLHUP, POLLRDHUP } from './libc.ts';
import { Readiness } from './readiness.ts';

/** Owns a descriptor until `close`. */
export class ShutdownWatch {
  readonly #fd: number;
  readonly #readiness: Readiness;
  #closed = false;

  /** Watches the socket of a descriptor, which stays its owner's. Throws BelfryError SOCKET_CREATE. */
  constructor(descriptor: number) {
    // The loop takes a descriptor once, and the server has it there already.
    this.#fd = fcntl(descriptor, F_DUPFD_CLOEXEC, 'int', 0);
    if (this.#fd < 0) {
      throw new BelfryError('SOCKET_CREATE', `descriptor ${descriptor} cannot be watched: ${errnoText(lastErrno())}`);
    }
    this.#readiness = new Readiness(this.#fd, 'disconnected');
  }

  /**
   * Resolves with true when the socket is shut down: nothing can connect any more, but a client that had connected may not be
   * accepted yet. Resolves with false when `signal` aborts or this is closed. One wait at a time.
   */
  async wait(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && !this.#closed) {
      if ((conditionOf(this.#fd, POLLRDHUP) & (POLLHUP | POLLRDHUP)) !== 0) return true;
      await this.#readiness.wait(signal);
    }
    return false;
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#readiness.close();
    close(this.#fd);
  }
}
