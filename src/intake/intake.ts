/** The interface of an intake: something that takes requests off a socket and hands them over, untouched. */
import type { RawRequest } from '../base/request.ts';

export interface IntakeCounts {
  /** Requests handed over and taken. */
  readonly received: number;
  /** Requests that were longer than the receiver takes. They are handed over with `truncatedFrom`. */
  readonly truncated: number;
  /** Requests that `accept` refused: read from the socket, not kept. */
  readonly lost: number;
}

/** What was taken. */
export interface Accepted {
  /** Under which id the request at this index is kept. */
  idOf(index: number): string;
}

/** Datagrams that are stored before they are taken out of the kernel's queue: kept with them, as a whole or not at all. */
export interface StoredRun {
  /** Its address. Of each socket the last run is kept. */
  readonly socket: string;
  /** See `runMarks`. */
  readonly marks: Uint8Array;
}

/** Resolves when the requests are kept, all of them, and `run` with them; rejects with the reason why none is. */
export type Accept = (requests: readonly RawRequest[], run?: StoredRun) => Promise<Accepted>;

export interface Intake {
  /** Where it listens, for logs: `/run/belfry/notify`. */
  readonly address: string;
  /**
   * Hands over what arrives until `signal` aborts; resolves when all of it has been answered for. A rejection of
   * `accept` loses that batch: it is counted and logged, and reading goes on, because the sender must never wait.
   * Called once: a socket of our own refuses what is sent after `signal` has aborted. Resolves before that when who
   * handed the socket over has shut it down: nothing can come any more, and who had connected before has an answer.
   */
  run(accept: Accept, signal: AbortSignal): Promise<void>;
  counts(): IntakeCounts;
  /** Closes the socket and removes its file if it is still ours. Idempotent. */
  close(): Promise<void>;
}
