/** What the kernel lets a mail server send on a datagram socket: how many events at once, and how long each may be. */

import { type Check, ok, unchecked, warning } from './check.ts';
import type { DoctorContext } from './context.ts';

const count = (number: number): string => number.toLocaleString('en-US');
/** The kernel of a bare machine has 10; systemd sets 512 (net/unix/af_unix.c, systemd's 50-default.conf). */
const shortQueue = 64;
/** Linux's default of net.core.wmem_default; with less Cyrus can send less. */
const usualBuffer = 212_992;
const enough = 655_680;
/** Cyrus' own limit (`imap/notify.c`, NOTIFY_MAXSIZE). */
const most = 65_536;
/** Bytes of a datagram for each message of an event about many of them, measured with Cyrus 3.6.1: 560 in 21,267 bytes. */
const bytesForMessage = 38;

/** What Cyrus sends at the most: a tenth of the buffer, which the kernel has doubled by then (`imap/notify.c`). */
export function longestDatagram(sendBuffer: number): number {
  return Math.min(Math.floor(sendBuffer / 10) - 32, most);
}

export const kernelCheck: Check = {
  name: 'kernel',
  async *run(context) {
    if (!context.configuration.sockets.some(({ transport }) => transport === 'datagram')) {
      yield ok('no datagram socket is configured, so net.unix.max_dgram_qlen and net.core.wmem_default do not matter');
      return;
    }
    const length = context.kernel('net.unix.max_dgram_qlen');
    if (length === undefined) yield unchecked('net.unix.max_dgram_qlen cannot be read (/proc/sys/net/unix)');
    else if (length < shortQueue) {
      yield warning(
        `net.unix.max_dgram_qlen is ${length}: ${count(length + 1)} events wait in the socket at the most`,
        'while belfry restarts or is busy, the next command of a mail user waits until belfry reads',
        persistent('net.unix.max_dgram_qlen', 512),
      );
    } else yield ok(`net.unix.max_dgram_qlen is ${length}: ${count(length + 1)} events can wait in the socket`);
    yield* longestEvent(context);
  },
};

function* longestEvent(context: DoctorContext) {
  const buffer = context.kernel('net.core.wmem_default');
  if (buffer === undefined) {
    yield unchecked('net.core.wmem_default cannot be read (/proc/sys/net/core)');
    return;
  }
  const longest = longestDatagram(buffer);
  const message = `net.core.wmem_default is ${buffer}: Cyrus sends events of up to ${count(longest)} bytes, flags of some ${count(Math.floor(longest / bytesForMessage))} messages at once`;
  if (buffer >= usualBuffer) yield ok(message);
  else {
    yield warning(
      message,
      'Cyrus drops a longer event, and the command that caused it succeeds',
      `${persistent('net.core.wmem_default', enough)}; or use notifysocket: dlist:/path, which has no limit`,
    );
  }
}

function persistent(name: string, value: number): string {
  return `sysctl -w ${name}=${value}, and write ${name} = ${value} into /etc/sysctl.d/belfry.conf`;
}
