/** A TCP proxy between belfry and a real server, which fails in the ways that networks and servers do. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Defer } from '../workspace.ts';

/**
 * `pass`: the server is there. `half-open`: connections are accepted, and what comes on them, or on older ones, is
 * swallowed: nobody answers. `slow`: a few bytes at a time. `reset`: every connection is reset. `garbage`: what a client
 * sends is swallowed, and answered with bytes of no protocol, which a new connection gets at once.
 */
type Fault = 'pass' | 'half-open' | 'slow' | 'reset' | 'garbage';

export interface FaultProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Takes effect at once, on open connections too. */
  set(fault: Fault): void;
  /** How many connections it has accepted. */
  accepted(): number;
  /** How many of these are open. */
  open(): number;
  /** How many bytes clients have sent, whether they were passed on or not. */
  sent(): number;
}

/** So many bytes pass at a time when it is slow, so often. */
const slowBytes = 256;
const slowPauseMs = 2;

/** No length, no type byte and no line of any protocol: parsers must not wait for more. */
const garbage = Buffer.from('\u0016\u0003\u0007 no such protocol \u00ff\u00fe\r\n\r\n\0\0\0\u0001'.repeat(8), 'latin1');

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Something of the stream is missing: it must not go on. */
  broken: boolean;
}

/** Stands before the server on `port` of 127.0.0.1, which may come and go. Ended by `defer`. */
export async function startFaultProxy(port: number, defer: Defer): Promise<FaultProxy> {
  let fault: Fault = 'pass';
  let accepted = 0;
  let sent = 0;
  const pairs = new Set<Pair>();

  const listener = createServer({ noDelay: true }, (client) => {
    accepted += 1;
    client.on('error', () => {});
    if (fault === 'reset') {
      reset(client);
      return;
    }
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, server, broken: false };
    pairs.add(pair);
    client.on('close', () => pairs.delete(pair));
    client.on('data', (bytes) => {
      sent += bytes.length;
      pass(pair, bytes, server);
      if (fault === 'garbage') client.write(garbage);
    });
    server.on('data', (bytes) => pass(pair, bytes, client));
    server.on('error', () => {});
    // A server that is not there resets as well: this proxy has already accepted. In silence nobody closes.
    server.on('close', () => {
      if (fault === 'half-open') pair.broken = true;
      else reset(client);
    });
    client.on('close', () => server.destroy());
    if (fault === 'garbage') client.write(garbage);
  });

  /** Gives bytes from one side to the other, as far as they get there. */
  function pass(pair: Pair, bytes: Buffer, to: Socket): void {
    if (fault === 'half-open' || fault === 'garbage') pair.broken = true;
    if (pair.broken) return;
    if (fault === 'slow') trickle(pair, bytes, to);
    else if (to.writable) to.write(bytes);
  }

  function trickle(pair: Pair, bytes: Buffer, to: Socket): void {
    const from = to === pair.server ? pair.client : pair.server;
    from.pause();
    let at = 0;
    const next = (): void => {
      // What a later fault does with the rest is that fault's.
      if (at > 0 && fault !== 'slow') {
        pass(pair, bytes.subarray(at), to);
        from.resume();
      } else if (at >= bytes.length || !to.writable) {
        from.resume();
      } else {
        to.write(bytes.subarray(at, at + slowBytes));
        at += slowBytes;
        // By time: slowness is what is tried.
        setTimeout(next, slowPauseMs);
      }
    };
    next();
  }

  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  defer(async () => {
    const closed = new Promise((resolve) => listener.close(resolve));
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
    await closed;
  });
  return {
    port: (listener.address() as AddressInfo).port,
    set(next) {
      fault = next;
      for (const pair of pairs) {
        if (next === 'reset' || (pair.broken && next !== 'half-open')) reset(pair.client);
      }
    },
    accepted: () => accepted,
    open: () => pairs.size,
    sent: () => sent,
  };
}

/** A connection whose end is being sent cannot be reset, and Node would leave its descriptor open. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
