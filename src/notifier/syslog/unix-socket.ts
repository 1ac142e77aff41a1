/** Messages to a Unix datagram socket, such as /dev/log: each call has a socket of its own, so a daemon that was restarted is found again. */
import { BelfryError, messageOf } from '../../base/error.ts';
import { type DatagramSender, openDatagramSender } from '../../os/datagram-sender.ts';
import type { SyslogTransport, Taken } from './transport.ts';

/** `whyAborted`: the reason when the time is over, or the daemon stops, before the socket had room. */
export function unixSocketTransport(path: string, whyAborted: (signal: AbortSignal) => string): SyslogTransport {
  const question = 'is a syslog daemon running, and does it receive there?';

  async function send(messages: readonly Buffer[], signal: AbortSignal): Promise<Taken> {
    if (signal.aborted) return { count: 0, reason: whyAborted(signal) };
    let sender: DatagramSender | undefined;
    let count = 0;
    try {
      sender = openDatagramSender(path, question);
      for (const message of messages) {
        await sender.send(message, signal);
        count += 1;
      }
      return { count };
    } catch (thrown) {
      if (signal.aborted) return { count, reason: whyAborted(signal) };
      const isTooLong = thrown instanceof BelfryError && thrown.code === 'BAD_INPUT';
      return { count, reason: messageOf(thrown), ...(isTooLong ? { tooLong: true } : {}) };
    } finally {
      sender?.close();
    }
  }
  return { send, close: async () => {} };
}
