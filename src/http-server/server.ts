/** The server itself: HTTP or HTTPS, with limits on what a client may do to it, listening where its options say. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import { BelfryError, codeOf, type ErrorCodeName, messageOf } from '../base/error.ts';
import { listenOnStream } from '../os/listening-socket.ts';
import type { SocketFile } from '../os/socket-file.ts';
import type { Exchanges } from './exchanges.ts';
import { readTls, type TlsFiles } from './files.ts';
import { type Problem, problem, problemDocument, problemType, title } from './problem.ts';

/** Where to listen: a path, an address, or a socket that listens already. */
export type Place = SocketFile | { readonly path?: undefined; readonly host: string; readonly port: number };

/** All in milliseconds. */
export const serverTimes = {
  /** From the connection, or from the first byte of a request, to the end of its head; also for the handshake of TLS. */
  headMs: 10_000,
  /** From the first byte of a request to its last one. The body has a shorter time, with an answer: this is for what comes after that. */
  requestMs: 180_000,
  /** For a client that has sent what is not HTTP to read the answer and close the connection. */
  lingerMs: 30_000,
  /** Without a request under way. Longer than a client's own, so that the client closes first. */
  idleMs: 75_000,
  /** Without a byte in either direction, while a request is under way. */
  silentMs: 120_000,
  /** How often the times of heads and requests are looked after. */
  lookMs: 1000,
};
export type ServerTimes = Readonly<typeof serverTimes>;

/** Reads new files; what it answers puts them in force for new connections. Throws BelfryError. */
export function renewedTls(server: Server, files: TlsFiles): () => void {
  const contents = readTls(files);
  return () => {
    if (server instanceof TlsServer) server.setSecureContext(contents);
  };
}

export interface ServerParts {
  readonly exchanges: Exchanges;
  readonly times: ServerTimes;
  /** Absent: without encryption. */
  readonly tls?: TlsFiles;
}

/** A server that does not listen yet. Throws BelfryError NO_INPUT or CONFIGURATION when the files of TLS cannot be used. */
export function makeServer(listener: RequestListener, { exchanges, times, tls }: ServerParts): Server {
  const options = {
    headersTimeout: times.headMs,
    requestTimeout: times.requestMs,
    keepAliveTimeout: times.idleMs,
    connectionsCheckingInterval: times.lookMs,
    noDelay: true,
  };
  const server: Server =
    tls === undefined
      ? createServer(options)
      : new TlsServer({ ...options, ...readTls(tls), handshakeTimeout: times.headMs });
  // A client may say that it sends no more, and wait for its answer: Node would end the connection without one.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.setTimeout(times.silentMs);
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, listener);
  const refused = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // What follows the mistake is not understood either.
    if (refused.has(socket)) return;
    const wrong = protocolProblem(error.code, times);
    if (wrong === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    const end = (answer = ''): void => {
      socket.end(answer);
      // Node reads on and throws it away. Closed now, a client that is still sending could lose its answer.
      const timer = setTimeout(() => socket.destroy(), times.lingerMs);
      socket.once('close', () => clearTimeout(timer));
    };
    if (exchanges.owesNothing(socket)) end(rawAnswer(wrong));
    // What came before the mistake is stored, or will be: its sender must hear so, and then nothing more.
    else exchanges.onceAnswered(socket, () => end());
  });
  return server;
}

/** What Node's reader of HTTP has found before there was a request; undefined when no client is there to be answered. */
function protocolProblem(code: string | undefined, { headMs }: ServerTimes): Problem | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem(431, 'the headers of the request are longer than 16 KiB; send fewer or shorter headers');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problem(413, 'the extensions of chunks are too long; send chunks without them');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem(408, `the head of the request did not arrive within ${headMs / 1000} seconds`);
    default:
      if (!code?.startsWith('HPE_')) return undefined;
      return problem(400, `this is not HTTP/1.1 (${code.slice(4).toLowerCase().replaceAll('_', ' ')})`);
  }
}

function rawAnswer(wrong: Problem): string {
  const body = problemDocument(wrong);
  const head = [
    `HTTP/1.1 ${wrong.status} ${title(wrong.status)}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

const reasons: Readonly<Record<string, readonly [ErrorCodeName, string]>> = {
  EADDRINUSE: ['SOCKET_IN_USE', 'stop the process that listens there, or choose another port'],
  EACCES: ['SOCKET_PERMISSION', 'a port below 1024 needs CAP_NET_BIND_SERVICE: choose a higher one'],
  EADDRNOTAVAIL: ['SOCKET_CREATE', 'this machine does not have this address'],
};

/**
 * Listens at `place`, or on a descriptor that was passed to us. Answers what removes the file, if there is one that is
 * ours. Throws BelfryError SOCKET_PATH, SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE.
 */
export async function listenAt(server: Server, place: Place, descriptor: number | undefined): Promise<() => void> {
  if (place.path !== undefined) return listenOnStream(server, { ...place, descriptor });
  try {
    server.listen(descriptor === undefined ? inetPlace(place) : { fd: descriptor });
    await once(server, 'listening');
    return () => {};
  } catch (thrown) {
    const [name, remedy] = reasons[codeOf(thrown) ?? ''] ?? ['SOCKET_CREATE', 'check the error of the system'];
    throw new BelfryError(name, `cannot listen on ${place.host} port ${place.port}: ${messageOf(thrown)}; ${remedy}`);
  }
}

/**
 * `[::]` takes IPv6 alone, so that `0.0.0.0` can be listened on beside it (RFC 3493 §5.3). No other address takes both
 * kinds, and one that stands for IPv4 (`::ffff:127.0.0.1`) could not be bound so.
 */
function inetPlace({ host, port }: { readonly host: string; readonly port: number }): ListenOptions {
  return /^[0:]+$/.test(host) ? { host, port, ipv6Only: true } : { host, port };
}

/** `http://127.0.0.1:8090`, `https://[::1]:8090`, `http:/run/belfry/http`. */
export function addressOf(server: Server, place: Place): string {
  const scheme = server instanceof TlsServer ? 'https' : 'http';
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return `${scheme}:${place.path ?? bound ?? ''}`;
  return `${scheme}://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}
