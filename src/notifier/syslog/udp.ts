/** Messages in UDP datagrams (RFC 5426). Nobody says that one was lost, except a host that answers that nothing listens on the port. */
import type { Socket } from 'node:dgram';
import { codeOf, messageOf } from '../../base/error.ts';
import type { SyslogTransport, Taken } from './transport.ts';
import { turnOfLoop } from './turn-of-loop.ts';

interface Connected {
  readonly socket: Socket;
  /** What the socket reported since it was connected: an ICMP answer to a datagram, mostly. */
  failure: Error | undefined;
}

export function udpTransport(
  { host, port }: { readonly host: string; readonly port: number },
  whyAborted: (signal: AbortSignal) => string,
): SyslogTransport {
  let current: Promise<Connected> | undefined;

  async function connect(): Promise<Connected> {
    const { lookup } = await import('node:dns/promises');
    const { createSocket } = await import('node:dgram');
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const connected: Connected = { socket, failure: undefined };
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => resolve());
    }).catch((thrown: unknown) => {
      socket.close();
      throw thrown;
    });
    socket.removeAllListeners('error').on('error', (error) => {
      connected.failure = error;
    });
    socket.unref();
    return connected;
  }

  async function sendAll(messages: readonly Buffer[], signal: AbortSignal): Promise<Taken> {
    if (signal.aborted) return { count: 0, reason: whyAborted(signal) };
    const mine = current ?? connect();
    current = mine;
    let count = 0;
    try {
      const { socket } = await mine;
      for (const message of messages) {
        if (signal.aborted) return { count, reason: whyAborted(signal) };
        await new Promise<void>((resolve, reject) => {
          socket.send(message, (error) => (error === null ? resolve() : reject(error)));
        });
        count += 1;
      }
      // A host that is near answers at once where nothing listens. Which datagram it answers cannot be known.
      await turnOfLoop();
      const { failure } = await mine;
      if (failure === undefined) return { count };
      throw failure;
    } catch (thrown) {
      if (current === mine) current = undefined;
      await discard(mine);
      // Any other failure may be that of an earlier datagram.
      const isTooLong = codeOf(thrown) === 'EMSGSIZE';
      return { count: isTooLong ? count : 0, reason: messageOf(thrown), ...(isTooLong ? { tooLong: true } : {}) };
    }
  }

  return {
    // A lookup of a name can take as long as it likes.
    send: (messages, signal) => untilAborted(sendAll(messages, signal), signal, whyAborted),
    async close() {
      const last = current;
      current = undefined;
      if (last !== undefined) await discard(last);
    },
  };
}

/** Closing what somebody else has closed throws; that is nobody's concern. */
async function discard(connected: Promise<Connected>): Promise<void> {
  try {
    (await connected).socket.close();
  } catch {
    // It never was connected, or is closed.
  }
}

function untilAborted(
  sending: Promise<Taken>,
  signal: AbortSignal,
  whyAborted: (signal: AbortSignal) => string,
): Promise<Taken> {
  if (signal.aborted) return sending;
  return new Promise((resolve) => {
    const stop = (): void => resolve({ count: 0, reason: whyAborted(signal) });
    signal.addEventListener('abort', stop, { once: true });
    void sending.then(resolve).finally(() => signal.removeEventListener('abort', stop));
  });
}
