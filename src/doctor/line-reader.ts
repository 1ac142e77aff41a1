/** Reads the lines of an answer from a connection, bounded in length and time. */
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** All lines of an answer together, in bytes. */
const maxBytes = 64 * 1024;

export class LineReader {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #text = '';
  #bytes = 0;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    // Whoever waits is told of it by `once`.
    socket.on('error', () => {});
  }

  /** The next line without its end. Rejects when the connection ends before, or the answer is too long. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end).replace(/\r$/, '');
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const piece: Buffer | null = this.#socket.read();
      if (piece !== null) {
        this.#bytes += piece.length;
        if (this.#bytes > maxBytes) throw new Error(`its answer is longer than ${maxBytes / 1024} KiB`);
        this.#text += piece.toString('latin1');
        continue;
      }
      if (this.#socket.readableEnded || this.#socket.destroyed)
        throw new Error('it closed the connection without an answer');
      const stop = new AbortController();
      const signal = AbortSignal.any([this.#signal, stop.signal]);
      try {
        await Promise.race([once(this.#socket, 'readable', { signal }), once(this.#socket, 'end', { signal })]);
      } finally {
        stop.abort();
      }
    }
  }

  /** Leaves the connection to somebody else. */
  release(): void {
    this.#socket.removeAllListeners('readable');
  }
}
