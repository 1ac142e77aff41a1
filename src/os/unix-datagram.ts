/** The receiving end of a Unix datagram socket, which Node does not have. */
import { BelfryError } from '../base/error.ts';
import { countQueued, DatagramPeeker, type PeekedDatagram } from './datagram-peeker.ts';
import * as libc from './libc.ts';
import { Readiness } from './readiness.ts';
import { type SocketAddress, socketAddress, socketName } from './socket-address.ts';
import { bindSocketFile, type SocketFileOptions, socketInUse } from './socket-file.ts';

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Set when it was longer than the receiver takes: how many bytes were sent. `bytes` is then only the beginning. */
  readonly truncatedFrom?: number;
}

export interface DatagramSocketOptions extends SocketFileOptions {
  /** A path, or `@` and a name in the abstract namespace, where there is no file and `mode` and `group` mean nothing. */
  readonly path: string;
  /**
   * Milliseconds for which `receive` goes on, asleep with its whole thread where it must, while datagrams follow each other
   * closely: the event loop costs more than the reading. One that comes after a while is read alone. Only for a thread that
   * has nothing else to do. Default 0.
   */
  readonly lingerMs?: number;
  /** Longest datagram that is taken whole, in bytes. */
  readonly maxDatagramBytes?: number;
}

/** More than a sender with Linux's default buffers (net.core.wmem_default 212,992) can send, more than Cyrus' 65,536. */
const defaultMaxDatagramBytes = 256 * 1024;

/** Datagrams that come within so many microseconds of each other follow each other closely. */
const closeMicroseconds = 150;

/** One that comes so many milliseconds after the one before it mostly comes alone. */
const aloneMs = 0.3;

/** Bytes after which `receive` comes back even if there are more datagrams. */
const turnBytes = 4 * 1024 * 1024;

/** A bound socket. Never blocks; owns its descriptor until `close`. */
export class DatagramSocket {
  /** As in the configuration; of an adopted one, as the kernel has it. */
  readonly address: string;
  readonly #buffer: Buffer;
  readonly #readiness: Readiness;
  readonly #lingerMs: number;
  /** Takes the name away; absent when the socket is not ours alone. */
  readonly #retire: (() => void) | undefined;
  #isShutDown = false;
  #isDrained = false;
  /** Whether datagrams have followed each other closely of late. */
  #isBusy = false;
  /** When something was received last, on the clock of `performance`. */
  #receivedAt = 0;
  #isSealed = false;
  #peeker: DatagramPeeker | undefined;
  #fd: number;

  /** Use `openDatagramSocket` or `adoptDatagramSocket`. */
  constructor(
    fd: number,
    address: string,
    options: Pick<DatagramSocketOptions, 'maxDatagramBytes' | 'lingerMs'> & { readonly retire?: () => void },
  ) {
    this.address = address;
    this.#fd = fd;
    this.#retire = options.retire;
    this.#lingerMs = options.lingerMs ?? 0;
    this.#buffer = Buffer.allocUnsafeSlow(options.maxDatagramBytes ?? defaultMaxDatagramBytes);
    this.#readiness = new Readiness(fd, 'readable');
  }

  /**
   * What waits in the kernel, oldest first: at most `max` datagrams, and no more after some megabytes. Fewer than `max`
   * does not say that there are no more; none says so. The bytes are the caller's to keep: a datagram of up to 4 KiB is
   * a slice of an 8 KiB slab of `Buffer`'s pool, so keeping one keeps 8 KiB at worst. Throws BelfryError SOCKET_IO.
   */
  receive(max: number): Datagram[] {
    if (this.#fd < 0) throw new BelfryError('SOCKET_IO', `${this.address} is closed`);
    const buffer = this.#buffer;
    const datagrams: Datagram[] = [];
    let read = 0;
    this.#isDrained = false;
    const now = this.#lingerMs > 0 ? performance.now() : 0;
    const lingerUntil = now + this.#lingerMs;
    // What else waits, `ready` finds at once, and mostly there is nothing.
    const isAlone = this.#lingerMs > 0 && !this.#isSealed && now - this.#receivedAt > aloneMs;
    const most = isAlone ? 1 : max;
    while (datagrams.length < most && read < turnBytes) {
      const size = libc.recv(this.#fd, buffer, buffer.length, libc.MSG_DONTWAIT | libc.MSG_TRUNC);
      if (size < 0) {
        const errno = libc.lastErrno();
        if (errno === libc.EINTR) continue;
        const mayFollow = datagrams.length > 1 || (datagrams.length > 0 && this.#isBusy);
        if (mayFollow && errno === libc.EAGAIN && performance.now() < lingerUntil) {
          if (libc.sleepUntilReadable(this.#fd, closeMicroseconds)) continue;
        }
        this.#isDrained = errno === libc.EAGAIN;
        // What has been read is returned first; an error that lasts shows again at the next call.
        if (errno === libc.EAGAIN || datagrams.length > 0) break;
        throw new BelfryError('SOCKET_IO', `reading ${this.address} failed: ${libc.errnoText(errno)}`);
      }
      const length = Math.min(size, buffer.length);
      const bytes = Buffer.allocUnsafe(length);
      buffer.copy(bytes, 0, 0, length);
      datagrams.push(size > length ? { bytes, truncatedFrom: size } : { bytes });
      read += length;
    }
    this.#isBusy = datagrams.length > 1;
    this.#isDrained ||= isAlone && datagrams.length === 1;
    if (datagrams.length > 0) this.#receivedAt = now;
    return datagrams;
  }

  /** Whether `receive` has read all that waited when it was called last, as far as it has looked: `ready` says at once if not. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /**
   * What waits in the kernel, oldest first, at most `max`: it stays there until it is taken. To be used in the place of
   * `receive`. Throws BelfryError SOCKET_IO, SOCKET_CREATE where the system cannot do it.
   */
  peek(max: number): PeekedDatagram[] {
    return this.#peeking().peek(max);
  }

  /** See `DatagramPeeker.take`. */
  take(datagrams: readonly PeekedDatagram[]): Datagram[] {
    return this.#peeking().take(datagrams);
  }

  /** How many datagrams wait in the kernel, as far as it says; undefined where it does not. */
  queued(): number | undefined {
    return this.#fd < 0 ? undefined : countQueued(this.#fd, this.#peeker !== undefined);
  }

  #peeking(): DatagramPeeker {
    if (this.#fd < 0) throw new BelfryError('SOCKET_IO', `${this.address} is closed`);
    this.#peeker ??= new DatagramPeeker(this.#fd, this.address, this.#buffer.length);
    return this.#peeker;
  }

  /** Resolves when there may be something to receive, when `signal` aborts or the socket is closed. One at a time. */
  ready(signal: AbortSignal): Promise<void> {
    const ready = this.#readiness.wait(signal);
    if (this.#retire !== undefined) return ready;
    return ready.then(() => {
      // A socket that is shut down is readable for ever.
      this.#isShutDown = this.#fd >= 0 && (libc.conditionOf(this.#fd) & libc.POLLHUP) !== 0;
    });
  }

  /**
   * Whether the process that passed us the socket has shut it down, as Cyrus' master does with a service that is taken out of
   * cyrus.conf: nothing comes any more but what waits, and `ready` waits for nothing. Found out by `ready`.
   */
  get isShutDown(): boolean {
    return this.#isShutDown;
  }

  /**
   * Ends the taking: from now on a sender is refused (ENOENT, EPIPE) instead of accepted, so that a reader that goes on until
   * nothing comes has every datagram that a `sendto` accepted. Answers false for an adopted socket, where nobody is
   * refused: what comes is its next owner's. `ready` has no meaning afterwards. Idempotent.
   */
  seal(): boolean {
    this.#isSealed = true;
    if (this.#retire === undefined || this.#fd < 0) return false;
    this.#retire();
    libc.shutdown(this.#fd, libc.SHUT_RD);
    return true;
  }

  /** Closes the socket, and removes its file if that is still ours. Idempotent. */
  close(): void {
    if (this.#fd < 0) return;
    this.#readiness.close();
    this.#peeker?.close();
    this.#retire?.();
    libc.close(this.#fd);
    this.#fd = -1;
  }
}

/** Creates the socket. Throws BelfryError SOCKET_PATH, SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE, CONFIGURATION. */
export function openDatagramSocket({ path, ...options }: DatagramSocketOptions): DatagramSocket {
  const address = socketAddress(path);
  const fd = libc.datagramSocket();
  if (fd < 0) throw new BelfryError('SOCKET_CREATE', `${path} cannot be created: ${libc.errnoText(libc.lastErrno())}`);
  try {
    const retire = address.abstract ? bindAbstract(fd, address) : bindSocketFile(fd, address, options);
    return new DatagramSocket(fd, path, { ...options, retire });
  } catch (thrown) {
    libc.close(fd);
    throw thrown;
  }
}

/** An abstract name goes with its socket, so it is never left over: its owner lives. */
function bindAbstract(fd: number, { text, bytes }: SocketAddress): () => void {
  if (libc.bind(fd, bytes, bytes.length) < 0) {
    const errno = libc.lastErrno();
    if (libc.errnoName(errno) === 'EADDRINUSE') throw socketInUse(text);
    throw new BelfryError('SOCKET_CREATE', `${text} cannot be created: ${libc.errnoText(errno)}`);
  }
  return () => {};
}

/**
 * Takes over a bound socket that was inherited as a descriptor. The process that passed it to us keeps it, so it is neither shut nor
 * is its file removed. Throws BelfryError SOCKET_CREATE when the descriptor is anything else.
 */
export function adoptDatagramSocket(
  fd: number,
  reading: Pick<DatagramSocketOptions, 'maxDatagramBytes' | 'lingerMs'> = {},
): DatagramSocket {
  if (
    libc.socketOption(fd, libc.SO_DOMAIN) !== libc.AF_UNIX ||
    libc.socketOption(fd, libc.SO_TYPE) !== libc.SOCK_DGRAM
  ) {
    throw new BelfryError(
      'SOCKET_CREATE',
      `descriptor ${fd} is not a Unix datagram socket: pass one (ListenDatagram= in systemd, proto="udp" in cyrus.conf)`,
    );
  }
  const address = libc.boundAddress(fd);
  if (address === undefined || libc.fcntl(fd, libc.F_SETFD, 'int', libc.FD_CLOEXEC) < 0) {
    throw new BelfryError('SOCKET_CREATE', `descriptor ${fd} cannot be used: ${libc.errnoText(libc.lastErrno())}`);
  }
  return new DatagramSocket(fd, socketName(address) || `descriptor ${fd}`, reading);
}
