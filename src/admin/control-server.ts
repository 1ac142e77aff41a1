/**
 * The daemon's end of the control socket. Who may connect is decided by the file: mode 0600, so only the daemon's own
 * user and root, which the kernel enforces at connect(2) as SO_PEERCRED would let us do afterwards; Node has no safe way
 * to the descriptor of a connection. All the same, nothing that comes is trusted: it is limited in size, time and number.
 */
import { createServer, type Socket } from 'node:net';
import { z } from 'zod';
import { asBelfryError, BelfryError } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import { listenOnStream } from '../os/listening-socket.ts';
import { lines, parseLine } from './json-lines.ts';
import { type AdminAnswer, type AdminRequest, adminRequest, maxRequestBytes } from './protocol.ts';

export interface ControlServerOptions {
  readonly path: string;
  /** Answers a request; what it throws becomes an `error`. Left early when the client goes away. */
  readonly runCommand: (request: AdminRequest) => AsyncIterable<AdminAnswer>;
  /** Called with what `runCommand` throws that is no BelfryError. */
  readonly onBug: (thrown: unknown) => void;
  /** Milliseconds that a client may take to send its request, and to take a part of the answer. Default: 10 s and 10 min. */
  readonly requestTimeoutMs?: number;
  readonly answerTimeoutMs?: number;
}

export interface ControlServer {
  /** Ends all connections, removes the file. Idempotent. */
  close(): Promise<void>;
}

/** Requests that are answered at a time; one more is refused with BUSY. */
const maxRequests = 16;
/** Connections at a time, with those that have their answer and stay, of which the oldest is closed for a new one. */
const maxConnections = 64;

/** Throws BelfryError SOCKET_PATH, SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE. */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const connections = new Set<Socket>();
  const answered = new Set<Socket>();
  let serving = 0;
  // A client may end its side after the request and still wants the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    const forget = (one: Socket): void => {
      connections.delete(one);
      answered.delete(one);
    };
    // There is one: most of so many have been refused.
    const [oldest] = connections.size >= maxConnections ? answered : [];
    if (oldest !== undefined) forget(oldest.destroy());
    connections.add(socket);
    socket.once('close', () => forget(socket));
    serving++;
    void serve(socket, serving > maxRequests, options).then(() => {
      serving--;
      if (!socket.closed) answered.add(socket);
    });
  });
  const removeFile = await listenOnStream(server, { path: options.path, mode: 0o600 });
  // A failing accept(2), most likely because no descriptor is free, is no reason to end.
  server.on('error', () => {});
  let closing: Promise<void> | undefined;
  return {
    close() {
      closing ??= new Promise((resolve) => {
        removeFile();
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      });
      return closing;
    },
  };
}

/** Never rejects. */
async function serve(socket: Socket, tooMany: boolean, options: ControlServerOptions): Promise<void> {
  const { runCommand, onBug, requestTimeoutMs = 10_000, answerTimeoutMs = 600_000 } = options;
  try {
    if (tooMany) throw new BelfryError('BUSY', `the daemon is already answering ${maxRequests} commands: try again`);
    for await (const answer of runCommand(await receive(socket, requestTimeoutMs))) {
      if (!(await write(socket, answer, answerTimeoutMs))) return;
    }
  } catch (thrown) {
    if (!(thrown instanceof BelfryError)) onBug(thrown);
    const { code, message } = asBelfryError(thrown);
    await write(socket, { error: { code, message } }, answerTimeoutMs);
  } finally {
    // What else the client may send is of no interest, but closing over it would take the answer away from it.
    socket.resume();
    socket.end();
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
  }
}

async function receive(socket: Socket, timeoutMs: number): Promise<AdminRequest> {
  const line = firstLine(socket);
  if (!(await settlesWithin(line, timeoutMs))) throw new BelfryError('BAD_INPUT', 'no command arrived in time');
  const parsed = adminRequest.safeParse(parseLine(await line));
  if (parsed.success) return parsed.data;
  const wrong = z.prettifyError(parsed.error).replace(/\s+/g, ' ').slice(0, 500);
  throw new BelfryError('BAD_INPUT', `invalid command: ${wrong}`);
}

async function firstLine(socket: Socket): Promise<string> {
  // The iterator must not take the socket with it: the answer goes out on it.
  for await (const line of lines(socket.iterator({ destroyOnReturn: false }), maxRequestBytes)) return line;
  throw new BelfryError('BAD_INPUT', 'the connection ended before a command arrived');
}

/** Whether the client is still there. Waits until it has taken enough of what was written before. */
async function write(socket: Socket, answer: AdminAnswer, timeoutMs: number): Promise<boolean> {
  if (!socket.writable) return false;
  if (socket.write(`${JSON.stringify(answer)}\n`)) return true;
  const taken = new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
  if (!(await settlesWithin(taken, timeoutMs))) socket.destroy();
  return !socket.destroyed;
}
