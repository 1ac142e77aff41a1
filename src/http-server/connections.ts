/** The connections of a server, as many as there may be: the least useful one is closed for a new one. */
import type { Socket } from 'node:net';

export interface ConnectionsParts {
  readonly maximum: () => number;
  /** Whether a request that has come on it has no answer yet. */
  readonly isBusy: (socket: Socket) => boolean;
  /** Called each time that there are too many. */
  readonly onCrowded: () => void;
}

interface Connection {
  readonly key: string | Socket;
  /** As it is accepted: below TLS. */
  readonly socket: Socket;
  /** Set once a request with valid credentials has come on it. */
  sender?: Socket;
  /** Whether the last request on it was refused for its credentials. */
  isRefused: boolean;
}

/**
 * Clients without credentials cannot keep others out: first one goes whose credentials were refused, then one without a
 * request under way, then one without valid credentials yet, of each the oldest, and only then the new one. Node's
 * `maxConnections` would refuse the new one, and a client may hold each of the others for minutes (`requestTimeout`): so many
 * bodies that never end would shut every sender out.
 */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #open = new Map<string | Socket, Connection>();

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
  }

  /** One that was accepted, before anything is read from it. */
  add(socket: Socket): void {
    const key = keyOf(socket);
    const connection: Connection = { key, socket, isRefused: false };
    this.#open.delete(key);
    this.#open.set(key, connection);
    socket.once('close', () => this.#forget(connection));
    if (this.#open.size <= this.#parts.maximum()) return;
    this.#parts.onCrowded();
    while (this.#open.size > this.#parts.maximum()) {
      const least = this.#leastUseful() ?? connection;
      this.#forget(least);
      least.socket.destroy();
    }
  }

  /** A request has come, with valid credentials or not. */
  hasAsked(socket: Socket, isAuthenticated: boolean): void {
    const connection = this.#open.get(keyOf(socket));
    if (connection === undefined) return;
    connection.isRefused = !isAuthenticated;
    if (isAuthenticated) connection.sender = socket;
  }

  #leastUseful(): Connection | undefined {
    let [idle, unauthenticated]: (Connection | undefined)[] = [];
    for (const one of this.#open.values()) {
      if (one.isRefused) return one;
      if (one.sender === undefined) unauthenticated ??= one;
      else if (!this.#parts.isBusy(one.sender)) idle ??= one;
    }
    return idle ?? unauthenticated;
  }

  #forget(connection: Connection): void {
    if (this.#open.get(connection.key) === connection) this.#open.delete(connection.key);
  }
}

/** The same for a connection and for what TLS makes of it, which do not know each other. A Unix socket has no port. */
function keyOf(socket: Socket): string | Socket {
  const { remoteAddress, remotePort } = socket;
  return remotePort === undefined ? socket : `${remoteAddress} ${remotePort}`;
}
