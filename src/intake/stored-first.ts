/** Datagrams that are stored before they are taken out of the kernel's queue (`datagram_commit: before-read`), and known again after a crash. */
import { crc32 } from 'node:zlib';
import { messageOf } from '../base/error.ts';
import type { RawRequest } from '../base/request.ts';
import type { IntakeRecorder } from '../metrics/intake-recorder.ts';
import type { PeekedDatagram } from '../os/datagram-peeker.ts';
import type { Datagram, DatagramSocket } from '../os/unix-datagram.ts';
import type { Accept } from './intake.ts';

export interface StoredFirstParts {
  /** Most datagrams of one commit. */
  readonly batch: number;
  readonly toRequest: (datagram: Datagram) => RawRequest;
  readonly onLost: (requests: number, reason: string) => void;
  readonly recorder?: IntakeRecorder | undefined;
  /** Told of datagrams that were stored by a process before this one, and are not stored again. */
  readonly onKnown: (count: number) => void;
}

export class StoredFirst {
  readonly #socket: DatagramSocket;
  readonly #accept: Accept;
  readonly #parts: StoredFirstParts;
  /** Of the run that a process before this one stored last. It is at the head of the queue, or it was taken. */
  #marks: Uint8Array | undefined;
  #taken = 0;

  constructor(socket: DatagramSocket, accept: Accept, marks: Uint8Array | undefined, parts: StoredFirstParts) {
    this.#socket = socket;
    this.#accept = accept;
    this.#marks = marks;
    this.#parts = parts;
  }

  /** Requests that were stored. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Stores what waits in the queue, one batch, and then takes it out; answers how many datagrams that were. What cannot be
   * stored is taken all the same and counts as lost: the senders must not wait for a disk that is full. Throws BelfryError
   * SOCKET_IO.
   */
  async round(): Promise<number> {
    const peeked = this.#socket.peek(this.#parts.batch);
    if (peeked.length === 0) return 0;
    const known = knownOf(peeked, this.#marks);
    const batch = known > 0 ? peeked.slice(0, known) : peeked;
    if (known > 0) this.#parts.onKnown(known);
    else {
      this.#marks = undefined;
      await this.#store(batch, runMarks(batch));
    }
    const others = this.#socket.take(batch);
    if (others.length > 0) await this.#store(others);
    return batch.length;
  }

  async #store(datagrams: readonly (Datagram | PeekedDatagram)[], marks?: Uint8Array): Promise<void> {
    const requests = datagrams.map(({ bytes, truncatedFrom }) =>
      this.#parts.toRequest(truncatedFrom === undefined ? { bytes } : { bytes, truncatedFrom }),
    );
    const { recorder } = this.#parts;
    const readAt = performance.now();
    try {
      await this.#accept(requests, marks && { socket: this.#socket.address, marks });
      this.#taken += requests.length;
      recorder?.batch(requests.length);
      recorder?.stored(performance.now() - readAt, requests.length);
    } catch (thrown) {
      const reason = messageOf(thrown);
      recorder?.refused(reason, Date.now());
      this.#parts.onLost(requests.length, reason);
    }
  }
}

/** What is kept of each datagram: see `runMarks`. */
const markBytes = 16;

/** One for each datagram: when the kernel got it, in nanoseconds (u64), the checksum of its bytes (u32), its length (u32). */
export function runMarks(datagrams: readonly PeekedDatagram[]): Uint8Array {
  const marks = Buffer.allocUnsafe(markBytes * datagrams.length);
  for (const [index, { stamp, bytes, truncatedFrom }] of datagrams.entries()) {
    const at = markBytes * index;
    marks.writeBigUInt64LE(stamp, at);
    marks.writeUInt32LE(crc32(bytes), at + 8);
    marks.writeUInt32LE(Math.min(truncatedFrom ?? bytes.length, 2 ** 32 - 1), at + 12);
  }
  return marks;
}

/**
 * How many of `datagrams`, from the first on, belong to the run with these marks. One whose time is not known belongs to
 * none: in doubt it is stored again.
 */
function knownOf(datagrams: readonly PeekedDatagram[], marks: Uint8Array | undefined): number {
  if (marks === undefined || marks.length === 0) return 0;
  const known = new Set<string>();
  const run = Buffer.from(marks.buffer, marks.byteOffset, marks.byteLength);
  for (let at = 0; at + markBytes <= run.length; at += markBytes) known.add(run.toString('latin1', at, at + markBytes));
  const own = Buffer.from(runMarks(datagrams));
  const first = datagrams.findIndex(
    ({ stamp }, index) =>
      stamp === 0n || !known.has(own.toString('latin1', markBytes * index, markBytes * (index + 1))),
  );
  return first < 0 ? datagrams.length : first;
}
