/** The functions of the C library that Node does not offer, reached over FFI, with the numbers of Linux they need. */
import koffi from 'koffi';

// The library that Node itself is linked with: glibc or musl, whatever its file is called.
const library = koffi.load(null);

/** A function of the C library, by its declaration there; `Args` is what koffi makes of it. */
export function external<Args extends readonly unknown[], Result = number>(
  declaration: string,
): (...args: Args) => Result {
  return library.func(declaration);
}

// The kernel's own types have the same width in both libraries: ssize_t is intptr_t, socklen_t and mode_t are uint32_t.
const socket = external<[domain: number, type: number, protocol: number]>('int socket(int, int, int)');
type OnAddress = [fd: number, address: Uint8Array, length: number];
export const bind = external<OnAddress>('int bind(int, const void *, uint32_t)');
export const connect = external<OnAddress>('int connect(int, const void *, uint32_t)');
type OnBytes = [fd: number, bytes: Uint8Array, length: number, flags: number];
export const recv = external<OnBytes>('intptr_t recv(int, void *, size_t, int)');
export const send = external<OnBytes>('intptr_t send(int, const void *, size_t, int)');
const ppoll = external<[entries: Uint8Array, count: number, timeout: BigInt64Array, mask: null]>(
  'int ppoll(void *, unsigned long, const void *, const void *)',
);
export const shutdown = external<[fd: number, how: number]>('int shutdown(int, int)');
/** Not `fs.closeSync`: in a worker that warns of every descriptor which it has not opened itself. */
export const close = external<[fd: number]>('int close(int)');
/** An advisory lock on an open file or directory; the kernel takes it back when the descriptor is closed. */
export const flock = external<[fd: number, operation: number]>('int flock(int, int)');
export const fchmod = external<[fd: number, mode: number]>('int fchmod(int, uint32_t)');
/** Third argument: the type and the value of fcntl's own, as koffi wants what stands after an ellipsis. */
export const fcntl = external<[fd: number, command: number, type: 'int', value: number]>('int fcntl(int, int, ...)');
/** Fills `address`; `length[0]` is its size before and the length of what was filled in after. */
const getsockname = external<[fd: number, address: Uint8Array, length: Uint32Array]>(
  'int getsockname(int, void *, void *)',
);
const poll = external<[descriptors: Int32Array, count: number, timeoutMs: number]>(
  'int poll(void *, unsigned long, int)',
);
type OnOption<Length> = [fd: number, level: number, option: number, value: Int32Array, length: Length];
const getsockopt = external<OnOption<Uint32Array>>('int getsockopt(int, int, int, void *, void *)');
const setsockopt = external<OnOption<number>>('int setsockopt(int, int, int, const void *, uint32_t)');
const strerror = external<[errno: number], string>('str strerror(int)');

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const SO_TYPE = 3;
export const SO_SNDBUF = 7;
export const SO_ACCEPTCONN = 30;
export const SO_DOMAIN = 39;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const SHUT_RD = 0;
export const SHUT_RDWR = 2;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const F_SETFD = 2;
export const F_SETFL = 4;
export const F_DUPFD_CLOEXEC = 1030;
export const FD_CLOEXEC = 1;
export const O_NONBLOCK = 0o4000;
export const POLLERR = 0x8;
export const POLLHUP = 0x10;
export const POLLRDHUP = 0x2000;
const SOL_SOCKET = 1;

export const { EAGAIN = 11, EINTR = 4 } = koffi.os.errno;

/** Why the last call failed. To be asked for at once: the next call overwrites it. */
export function lastErrno(): number {
  return koffi.errno();
}

const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

/** `ECONNREFUSED`. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** `Connection refused (ECONNREFUSED)`. */
export function errnoText(errno: number): string {
  return `${strerror(errno)} (${errnoName(errno)})`;
}

/** Whether `ppoll` can be called: its timeout has another shape where a `long` has 32 bits. */
const canPoll = koffi.sizeof('long') === 8;
const POLLIN = 1;

/**
 * Sleeps, the whole thread of it, until the descriptor can be read; answers false after `microseconds` without that, and
 * at once where the system has no such sleep.
 */
export function sleepUntilReadable(fd: number, microseconds: number): boolean {
  if (!canPoll) return false;
  const entry = new Int32Array([fd, POLLIN]);
  const timeout = new BigInt64Array([0n, BigInt(microseconds * 1000)]);
  return ppoll(new Uint8Array(entry.buffer), 1, timeout, null) > 0;
}

/** A number that the kernel keeps about a socket (level SOL_SOCKET); undefined when the descriptor is no socket. */
export function socketOption(fd: number, option: number): number | undefined {
  const value = new Int32Array(1);
  return getsockopt(fd, SOL_SOCKET, option, value, new Uint32Array([value.byteLength])) === 0 ? value[0] : undefined;
}

/** Sets such a number; whether that was possible. */
export function setSocketOption(fd: number, option: number, value: number): boolean {
  return setsockopt(fd, SOL_SOCKET, option, new Int32Array([value]), 4) === 0;
}

/**
 * What poll(2) finds of what is asked for, and without being asked for it: POLLHUP when both directions are shut down,
 * POLLERR when nobody reads a pipe.
 */
export function conditionOf(fd: number, asked = 0): number {
  // struct pollfd: the descriptor, then two bytes of what is asked for and two of what is found.
  const descriptor = new Int32Array([fd, 0]);
  const events = new Int16Array(descriptor.buffer);
  events[2] = asked;
  if (poll(descriptor, 1, 0) <= 0) return 0;
  const [, , , found = 0] = events;
  return found;
}

/** A Unix stream socket that never blocks and that no program we start inherits; -1 when there is none to be had. */
export function streamSocket(): number {
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/** A Unix datagram socket that never blocks and that no program we start inherits; -1 when there is none to be had. */
export function datagramSocket(): number {
  return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/** struct sockaddr_un, the longest address of the sockets that we use, and a byte more. */
const sockaddrBytes = 111;

/** The address that a socket is bound to, as the kernel has it; undefined when the descriptor is no socket. */
export function boundAddress(fd: number): Uint8Array | undefined {
  const address = new Uint8Array(sockaddrBytes);
  const length = new Uint32Array([address.length]);
  return getsockname(fd, address, length) < 0 ? undefined : address.subarray(0, length[0]);
}
