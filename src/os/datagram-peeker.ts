/** Reads datagrams that stay in the kernel's queue until they are taken: what was only looked at outlives this process. */
import koffi from 'koffi';
import { BelfryError } from '../base/error.ts';
import {
  EAGAIN,
  EINTR,
  errnoText,
  external,
  lastErrno,
  MSG_DONTWAIT,
  MSG_TRUNC,
  recv,
  setSocketOption,
} from './libc.ts';
import type { Datagram } from './unix-datagram.ts';

const recvmsg = external<[fd: number, header: bigint, flags: number]>('intptr_t recvmsg(int, void *, int)');

const MSG_PEEK = 0x2;
const SO_TIMESTAMPNS = 35;
const SO_PEEK_OFF = 42;
/** Bytes after which `peek` comes back even if there are more datagrams. */
const turnBytes = 4 * 1024 * 1024;

/** More are not counted. */
const mostCounted = 4096;

/** struct msghdr, struct iovec and room for one cmsghdr with a struct timespec, in 64-bit words (recvmsg(2), cmsg(3)). */
const words = { iov: 7, control: 9, end: 17 };
const header = { iov: 2, iovLength: 3, control: 4, controlLength: 5 };
const controlBytes = 8 * (words.end - words.control);
/** Of a cmsghdr with its timespec: then it holds the time. */
const stampBytes = 32n;

export interface PeekedDatagram extends Datagram {
  /** When the kernel got it, in nanoseconds since the epoch: the same however often it is read. 0: not known. */
  readonly stamp: bigint;
}

/**
 * On a socket of which the process does nothing else. SO_PEEK_OFF (socket(7)) makes each look begin after the datagram
 * before; it passes over an empty datagram that was seen before, also by another process. To be closed before the socket.
 */
export class DatagramPeeker {
  readonly #fd: number;
  readonly #address: string;
  readonly #memory: bigint;
  readonly #words: BigUint64Array;
  readonly #buffer: Buffer;
  #closed = false;

  /** Throws BelfryError SOCKET_CREATE where the system cannot do it. */
  constructor(fd: number, address: string, maxDatagramBytes: number) {
    this.#fd = fd;
    this.#address = address;
    if (koffi.sizeof('void *') !== 8 || !setSocketOption(fd, SO_PEEK_OFF, 0)) {
      const remedy = 'set datagram_commit to after-read';
      throw new BelfryError(
        'SOCKET_CREATE',
        `datagram_commit: before-read needs SO_PEEK_OFF, which this system does not have for ${address}; ${remedy}`,
      );
    }
    setSocketOption(fd, SO_TIMESTAMPNS, 1);
    const length = 8 * words.end + maxDatagramBytes;
    this.#memory = BigInt(koffi.alloc('uint8', length));
    const view = koffi.view(this.#memory, length);
    this.#words = new BigUint64Array(view, 0, words.end);
    this.#buffer = Buffer.from(view, 8 * words.end, maxDatagramBytes);
    const at = (word: number): bigint => this.#memory + BigInt(8 * word);
    this.#words.fill(0n);
    this.#words.set([at(words.iov), 1n, at(words.control)], header.iov);
    this.#words.set([at(words.end), BigInt(maxDatagramBytes)], words.iov);
  }

  /** What waits, oldest first: at most `max` datagrams, from the head of the queue on. Throws BelfryError SOCKET_IO. */
  peek(max: number): PeekedDatagram[] {
    const peeked: PeekedDatagram[] = [];
    let offset = 0;
    setSocketOption(this.#fd, SO_PEEK_OFF, 0);
    while (peeked.length < max && offset < turnBytes) {
      const datagram = this.#receive(MSG_PEEK);
      if (datagram === undefined) break;
      peeked.push(datagram);
      offset += datagram.truncatedFrom ?? datagram.bytes.length;
      // The kernel goes on with the rest of one that did not fit.
      if (datagram.truncatedFrom !== undefined) setSocketOption(this.#fd, SO_PEEK_OFF, offset);
    }
    return peeked.length > 0 ? peeked : this.#emptyHead();
  }

  /** Without an offset the head of the queue is seen whatever it is. */
  #emptyHead(): PeekedDatagram[] {
    setSocketOption(this.#fd, SO_PEEK_OFF, -1);
    const head = this.#receive(MSG_PEEK);
    setSocketOption(this.#fd, SO_PEEK_OFF, 0);
    return head !== undefined && head.bytes.length === 0 ? [head] : [];
  }

  /**
   * Takes these, which stand at the head of the queue, out of it. Answers what stood between them and was not seen: empty
   * datagrams that a process before this one had looked at. Throws BelfryError SOCKET_IO.
   */
  take(datagrams: readonly PeekedDatagram[]): Datagram[] {
    const others: Datagram[] = [];
    for (const { stamp } of datagrams) {
      for (let taken = this.#receive(0); taken !== undefined && taken.stamp !== stamp; taken = this.#receive(0)) {
        others.push(taken);
      }
    }
    return others;
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    setSocketOption(this.#fd, SO_PEEK_OFF, -1);
    koffi.free(this.#memory);
  }

  /** Undefined when there is none. */
  #receive(flags: number): PeekedDatagram | undefined {
    if (this.#closed) throw new BelfryError('SOCKET_IO', `${this.#address} is closed`);
    for (;;) {
      this.#words[header.controlLength] = BigInt(controlBytes);
      const size = recvmsg(this.#fd, this.#memory, flags | MSG_DONTWAIT | MSG_TRUNC);
      if (size >= 0) return this.#datagram(size);
      const errno = lastErrno();
      if (errno === EINTR) continue;
      if (errno === EAGAIN) return undefined;
      throw new BelfryError('SOCKET_IO', `reading ${this.#address} failed: ${errnoText(errno)}`);
    }
  }

  #datagram(size: number): PeekedDatagram {
    const stamp = this.#stamp();
    const bytes = Buffer.from(this.#buffer.subarray(0, size));
    return size > bytes.length ? { bytes, truncatedFrom: size, stamp } : { bytes, stamp };
  }

  #stamp(): bigint {
    const [length = 0n, , seconds = 0n, nanoseconds = 0n] = this.#words.subarray(words.control);
    const known = (this.#words[header.controlLength] ?? 0n) >= stampBytes && length === stampBytes;
    return known ? seconds * 1_000_000_000n + nanoseconds : 0n;
  }
}

/**
 * How many datagrams wait, without taking them; empty ones may not be seen. Undefined where the system cannot say.
 * `isPeeked`: a `DatagramPeeker` is at work, which expects the offset to be on.
 */
export function countQueued(fd: number, isPeeked: boolean): number | undefined {
  const first = Buffer.alloc(1);
  let count = 0;
  if (!setSocketOption(fd, SO_PEEK_OFF, 0)) return undefined;
  for (let offset = 0; count < mostCounted; count += 1) {
    // With MSG_TRUNC the answer is the length of the datagram, however little of it is read.
    const size = recv(fd, first, first.length, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0) break;
    offset += size;
    setSocketOption(fd, SO_PEEK_OFF, offset);
  }
  setSocketOption(fd, SO_PEEK_OFF, isPeeked ? 0 : -1);
  return count;
}
