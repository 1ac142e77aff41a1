/** Messages over TCP (RFC 6587 §3.4.1, each with its length before it) or TLS (RFC 5425), on one connection that is kept. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyslogTransport, Taken } from './transport.ts';
import { turnOfLoop } from './turn-of-loop.ts';

export interface StreamSettings {
  /** Begins a connection; `readyEvent` is emitted when it can be written to. */
  connect(): { readonly socket: Socket; readonly readyEvent: 'connect' | 'secureConnect' };
  /** What became of the connection, for a reason. */
  fault(thrown: unknown): string;
  /** Why a call was aborted, for its reason. */
  whyAborted(signal: AbortSignal): string;
  /** The receiver has closed the connection soon after these messages were written to it: some may be lost. */
  doubtful(messages: number): void;
}

/** About so many bytes are written at once; what the kernel has taken then need not come again. */
const chunkBytes = 64 * 1024;
/**
 * Many receivers refuse a client only after the connection stands: TLS 1.3 with a client certificate, rsyslog's check of
 * names, a load balancer without a server behind it. What is written by then would be lost without a word.
 */
const settleMs = 200;
/** A connection that was closed so long after the last message had brought all of them to the receiver. */
const doubtMs = 10_000;
/** How long saying goodbye may take. */
const goodbyeMs = 1000;

class Connection {
  readonly socket: Socket;
  /** Resolves when the connection can be used, or has failed. */
  readonly ready: Promise<void>;
  failure: Error | undefined;
  #written = 0;
  #writtenAt = 0;

  constructor({ connect, doubtful }: StreamSettings) {
    const { socket, readyEvent } = connect();
    this.socket = socket;
    const settled = new AbortController();
    const established = new Promise<void>((resolve) => {
      socket.once(readyEvent, () => resolve());
      settled.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    // By time, because no receiver says that it is content. The timer ends with the connection.
    this.ready = established
      .then(() => sleep(settleMs, undefined, { signal: settled.signal, ref: false }))
      .catch(() => {});
    socket
      .setNoDelay(true)
      .setKeepAlive(true, 60_000)
      .on('error', (error) => this.fail(error))
      .on('end', () => this.fail(new Error('the receiver closed the connection')))
      .once('close', () => {
        this.fail(new Error('the connection was closed'));
        settled.abort();
        if (this.#written > 0 && performance.now() - this.#writtenAt < doubtMs) doubtful(this.#written);
      })
      // Nothing comes but the end of the connection, and that only shows where somebody reads.
      .resume();
  }

  /** The first failure is the reason of all. */
  fail(error: Error): void {
    this.failure ??= error;
    this.socket.destroy();
  }

  /** Resolves when the kernel has it, or the connection has failed. */
  async write(bytes: Buffer, messages: number): Promise<void> {
    this.#written += messages;
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, () => resolve());
    });
    this.#writtenAt = performance.now();
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    this.#written = 0;
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    const timer = setTimeout(() => this.socket.destroy(), goodbyeMs);
    this.socket.destroySoon();
    await closed;
    clearTimeout(timer);
  }
}

export function streamTransport(settings: StreamSettings): SyslogTransport {
  const { fault, whyAborted } = settings;
  let current: Connection | undefined;
  let isClosed = false;

  /** A receiver may close a connection when it likes, so a call begins with one that is open as far as can be known. */
  async function live(signal: AbortSignal): Promise<Connection> {
    const kept = current;
    if (kept !== undefined) {
      await kept.ready;
      await turnOfLoop();
      if (kept.failure === undefined || signal.aborted || isClosed) return kept;
      if (current === kept) current = undefined;
    }
    current ??= new Connection(settings);
    const connection = current;
    await connection.ready;
    return connection;
  }

  async function sendAll(messages: readonly Buffer[], signal: AbortSignal): Promise<Taken> {
    const connection = await live(signal);
    let count = 0;
    for (const chunk of chunksOf(messages)) {
      if (signal.aborted || connection.failure !== undefined) break;
      await connection.write(Buffer.concat(chunk.frames), chunk.count);
      if (connection.failure === undefined) count += chunk.count;
    }
    // What was written to a receiver that had gone already is answered at once, if it is near.
    if (count > 0) await turnOfLoop();
    if (connection.failure === undefined)
      return count === messages.length ? { count } : { count, reason: whyAborted(signal) };
    return { count: 0, reason: fault(connection.failure) };
  }

  return {
    async send(messages, signal) {
      if (signal.aborted || isClosed) return { count: 0, reason: whyAborted(signal) };
      return new Promise((resolve) => {
        const stop = (): void => {
          // What has begun to be written would be written later: the connection is given up with it.
          current?.fail(new Error(`an attempt on the same connection was given up: ${whyAborted(signal)}`));
          resolve({ count: 0, reason: whyAborted(signal) });
        };
        signal.addEventListener('abort', stop, { once: true });
        void sendAll(messages, signal).then((taken) => {
          signal.removeEventListener('abort', stop);
          resolve(taken);
        });
      });
    },
    async close() {
      isClosed = true;
      await current?.close();
    },
  };
}

interface Chunk {
  readonly frames: Buffer[];
  count: number;
  bytes: number;
}

function chunksOf(messages: readonly Buffer[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const message of messages) {
    let last = chunks.at(-1);
    if (last === undefined || last.bytes >= chunkBytes) {
      last = { frames: [], count: 0, bytes: 0 };
      chunks.push(last);
    }
    last.frames.push(Buffer.from(`${message.length} `), message);
    last.count += 1;
    last.bytes += message.length;
  }
  return chunks;
}
