/** The intake for senders that speak HTTP: answers 202 once what they sent is in the spool, whatever happens after that. */
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { BelfryError } from '../../base/error.ts';
import { authenticator } from '../../http-server/authentication.ts';
import { Connections } from '../../http-server/connections.ts';
import { Exchanges } from '../../http-server/exchanges.ts';
import {
  addressOf,
  listenAt,
  makeServer,
  type Place,
  renewedTls,
  type ServerTimes,
  serverTimes,
} from '../../http-server/server.ts';
import { lineLimit, rateLimited } from '../../log/rate-limited.ts';
import type { IntakeRecorder } from '../../metrics/intake-recorder.ts';
import { AnsweredQueue } from '../answered-queue.ts';
import { ByteBudget } from '../byte-budget.ts';
import type { Intake } from '../intake.ts';
import { servedIntake } from '../served-intake.ts';
import { application } from './application.ts';
import type { HttpDefaults } from './http-kind.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

/** What can be changed while the socket is open; `tls` only where it is encrypted already. */
type HttpService = Omit<HttpDefaults, 'transport'>;

export type HttpIntakeOptions = HttpService &
  Place & {
    /** A socket that listens already and was passed to us, to be used instead of opening one. */
    readonly descriptor?: number;
    readonly log: Logger;
    readonly recorder?: IntakeRecorder;
    /** Default: all that there are. */
    readonly routes?: readonly Route[];
    readonly times?: Partial<HttpTimes>;
    /** Milliseconds; for the limit on log lines. */
    readonly now?: () => number;
  };

/** All in milliseconds. */
interface HttpTimes extends ServerTimes {
  /** For a body to arrive. */
  readonly bodyMs: number;
  /** At the end: for senders that keep sending to fall silent, and then for what is under way to come to its end. */
  readonly farewellMs: number;
}

export interface HttpIntake extends Intake {
  /**
   * Reads the files of a changed service; what it answers puts it in force, and cannot fail. Throws BelfryError when it
   * cannot be used.
   */
  renew(service: HttpService): () => void;
}

/** Bytes of long bodies that are held at a time, unless one body may be as long. */
const budgetBytes = 64 * 1024 * 1024;

/**
 * Opens the socket: requests that come from here on are answered once it runs. To be run once: when its signal aborts,
 * what was sent before is taken still, then the connections are closed. Throws BelfryError when a file cannot be used or
 * the place cannot be listened on.
 */
export async function openHttpIntake(options: HttpIntakeOptions): Promise<HttpIntake> {
  const { log, tls, routes: served = routes, now = Date.now } = options;
  const times: HttpTimes = { ...serverTimes, bodyMs: 60_000, farewellMs: 2000, ...options.times };
  const exchanges = new Exchanges();
  const connections = new Connections({
    maximum: () => service.maxConnections,
    isBusy: (socket) => exchanges.isBusy(socket),
    onCrowded: () => {
      limitDropped((suppressed) => {
        const maximum = service.maxConnections;
        log.warn(
          { address, connections: maximum, suppressed },
          'connection limit reached (http_max_connections); closed the least recently useful connection',
        );
      });
    },
  });
  /** Aborted at the end: from then on requests are refused. */
  const ending = new AbortController();
  // One for each body that is being read.
  setMaxListeners(Number.POSITIVE_INFINITY, ending.signal);
  const budget = new ByteBudget(Math.max(budgetBytes, options.maxBodyBytes));
  let service: HttpService = options;
  let authenticates = authenticator(service.authentication);
  const queue = new AnsweredQueue(log, now, options.recorder);
  const limit = { ...lineLimit, now };
  const limitUnauthenticated = rateLimited(limit);
  const limitDropped = rateLimited(limit);

  const listener = application({
    routes: served,
    exchanges,
    connections,
    async keep(requests) {
      const into = await queue.begun;
      return into === undefined ? { refusal: 'belfry is stopping' } : into.offer(requests);
    },
    authenticator: () => authenticates,
    limits: () => ({ maxBytes: service.maxBodyBytes, timeoutMs: times.bodyMs, budget }),
    ending: ending.signal,
    onUnauthenticated(remote, what) {
      limitUnauthenticated((suppressed) => log.warn({ address, remote, suppressed }, what));
    },
    onBug: (thrown) => log.error({ address, err: thrown }, 'a request failed: this is a bug'),
  });
  const server = makeServer(listener, { exchanges, times, ...(tls === undefined ? {} : { tls }) });
  server.on('connection', (socket: Socket) => connections.add(socket));
  const { descriptor } = options;
  const removeFile = await listenAt(server, options, descriptor);
  const address = addressOf(server, options);
  const intake = servedIntake({
    ...{ server, address, descriptor, removeFile, queue, farewellMs: times.farewellMs, log, limit },
    activity: () => exchanges.begun,
    async endConnections() {
      await exchanges.idle(AbortSignal.timeout(times.farewellMs));
      ending.abort();
      await exchanges.idle(AbortSignal.timeout(times.farewellMs));
      server.closeAllConnections();
    },
  });
  return {
    ...intake,
    renew(changed) {
      if ((changed.tls === undefined) !== (service.tls === undefined)) {
        throw new BelfryError('CONFIGURATION', `${address} cannot change between HTTP and HTTPS without a restart`);
      }
      const renewed = authenticator(changed.authentication);
      const takeTls = changed.tls === undefined ? undefined : renewedTls(server, changed.tls);
      return () => {
        takeTls?.();
        authenticates = renewed;
        service = changed;
      };
    },
  };
}
