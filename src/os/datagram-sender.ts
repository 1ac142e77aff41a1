/** The sending end of a Unix datagram socket: what a mail server does to us, without going to sleep in it. */
import { BelfryError } from '../base/error.ts';
import * as libc from './libc.ts';
import { Readiness } from './readiness.ts';
import { socketAddress } from './socket-address.ts';

/** What the kernel keeps of a sender's buffer for itself (net/unix/af_unix.c, unix_dgram_sendmsg). */
const sendBufferOverhead = 32;

/** A socket that is connected to a receiver's. Owns its descriptor until `close`. */
export interface DatagramSender {
  /**
   * Resolves once the kernel has the datagram for the receiver; waits while the receiver's queue is full. One at a time.
   * Throws BelfryError SOCKET_ABSENT, BAD_INPUT for more than a datagram can be, SOCKET_IO; the signal's reason when it
   * aborts before.
   */
  send(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Idempotent. What has been sent stays with the receiver. */
  close(): void;
}

const ofBelfry = 'is belfry running, and is this its notifysocket?';

/**
 * Throws BelfryError SOCKET_PATH, SOCKET_ABSENT when nobody receives there, SOCKET_PERMISSION, SOCKET_IO. `question`: what
 * an administrator should look at when nobody receives there.
 */
export function openDatagramSender(path: string, question: string = ofBelfry): DatagramSender {
  const address = socketAddress(path);
  const fd = libc.datagramSocket();
  if (fd < 0) throw new BelfryError('SOCKET_IO', `cannot create a socket: ${libc.errnoText(libc.lastErrno())}`);
  // Connected, because only then the kernel says when there is room again in the receiver's queue.
  if (libc.connect(fd, address.bytes, address.bytes.length) < 0) {
    const refused = refusal(path, libc.lastErrno(), question);
    libc.close(fd);
    throw refused;
  }
  const readiness = new Readiness(fd, 'writable');
  let isOpen = true;
  return {
    async send(bytes, signal) {
      for (;;) {
        signal?.throwIfAborted();
        if (!isOpen) throw new BelfryError('SOCKET_IO', `the connection to ${path} is closed`);
        if (libc.send(fd, bytes, bytes.length, libc.MSG_DONTWAIT | libc.MSG_NOSIGNAL) >= 0) return;
        const errno = libc.lastErrno();
        if (errno === libc.EINTR) continue;
        if (libc.errnoName(errno) === 'EMSGSIZE') throw tooLong(fd, bytes.length);
        if (errno !== libc.EAGAIN) throw refusal(path, errno, question);
        await readiness.wait(signal);
      }
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      readiness.close();
      libc.close(fd);
    },
  };
}

function tooLong(fd: number, length: number): BelfryError {
  const most = (libc.socketOption(fd, libc.SO_SNDBUF) ?? 0) - sendBufferOverhead;
  return new BelfryError(
    'BAD_INPUT',
    `${length} bytes are too long for a datagram; the maximum here is ${most} (net.core.wmem_default)`,
  );
}

function refusal(path: string, errno: number, question: string): BelfryError {
  const why = libc.errnoText(errno);
  switch (libc.errnoName(errno)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOTCONN':
    case 'EPIPE':
      return new BelfryError('SOCKET_ABSENT', `no process receives on ${path}: ${why}; ${question}`);
    case 'EPROTOTYPE':
      return new BelfryError('SOCKET_ABSENT', `${path} is not a datagram socket: ${why}; ${question}`);
    case 'EACCES':
    case 'EPERM':
      return new BelfryError(
        'SOCKET_PERMISSION',
        `no permission to write to ${path}: ${why}; see the mode and group of the file`,
      );
    default:
      return new BelfryError('SOCKET_IO', `sending to ${path} failed: ${why}`);
  }
}
