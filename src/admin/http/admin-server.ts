/**
 * The daemon's end of the API: a server of HTTP on a Unix socket or an address, which loads the application with the first
 * request. Nothing that comes is trusted: it is limited in size, time and number. Who may connect to a Unix socket is decided
 * by the mode of its file.
 */
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Connections } from '../../http-server/connections.ts';
import { Exchanges } from '../../http-server/exchanges.ts';
import {
  addressOf,
  listenAt,
  makeServer,
  type Place,
  type ServerTimes,
  serverTimes,
} from '../../http-server/server.ts';

export interface AdminServerOptions {
  readonly place: Place;
  /** Makes the application. Called once, with the first request. `hasAsked`: to be told whose requests it takes. */
  readonly load: (hasAsked: Connections['hasAsked']) => Promise<RequestListener>;
  readonly onBug: (thrown: unknown) => void;
  readonly maxConnections: number;
  readonly times?: Partial<ServerTimes>;
}

export interface AdminServer {
  /** `http:/run/belfry/control`, `http://127.0.0.1:8091`. */
  readonly address: string;
  /** Ends all connections, removes the file. Idempotent. */
  close(): Promise<void>;
}

/** A command may say nothing for long, as an audit does, and a pager may not read on for long. */
const times: ServerTimes = { ...serverTimes, silentMs: 600_000 };

/** Throws BelfryError SOCKET_PATH, SOCKET_IN_USE, SOCKET_PERMISSION, SOCKET_CREATE. */
export async function openAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { place, load, onBug, maxConnections } = options;
  const exchanges = new Exchanges();
  const connections = new Connections({
    maximum: () => maxConnections,
    isBusy: (socket) => exchanges.isBusy(socket),
    onCrowded: () => {},
  });
  let loading: Promise<RequestListener> | undefined;
  const listener: RequestListener = (incoming, outgoing) => {
    exchanges.begin(outgoing);
    loading ??= load((socket, isAllowed) => connections.hasAsked(socket, isAllowed));
    loading.then(
      (application) => application(incoming, outgoing),
      (thrown: unknown) => {
        onBug(thrown);
        outgoing.writeHead(500).end();
      },
    );
  };
  const server: Server = makeServer(listener, { exchanges, times: { ...times, ...options.times } });
  server.on('connection', (socket: Socket) => connections.add(socket));
  const removeFile = await listenAt(server, place, undefined);
  // A failing accept(2), most likely because no descriptor is free, is no reason to end.
  server.on('error', () => {});
  let closing: Promise<void> | undefined;
  return {
    address: addressOf(server, place),
    close() {
      closing ??= new Promise((resolve) => {
        removeFile();
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}
