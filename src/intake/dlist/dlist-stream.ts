/** The intake for the stream of Cyrus (`notifysocket: dlist:/path`): each request is answered, OK once it is in the log. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { BelfryError, messageOf } from '../../base/error.ts';
import { settlesWithin } from '../../base/settles-within.ts';
import type { DlistAnswer } from '../../decode/dlist/encode.ts';
import { rateLimited } from '../../log/rate-limited.ts';
import { bindStreamSocket } from '../../os/listening-socket.ts';
import { ShutdownWatch } from '../../os/shutdown-watch.ts';
import { AnsweredHandover } from '../answered-handover.ts';
import { ByteBudget } from '../byte-budget.ts';
import { untilIdle, untilShutdown } from '../drain.ts';
import type { Intake } from '../intake.ts';
import { type ConnectionRules, type ConnectionTimes, DlistConnection } from './connection.ts';
import { ScanTurns } from './scan-turns.ts';

/** What can be changed while the socket is open. */
interface DlistService {
  /** Bytes of one request. */
  readonly maxBytes: number;
  readonly maxConnections: number;
  /** Milliseconds for a request to arrive. */
  readonly requestTimeoutMs: number;
  /** Milliseconds without a request after which a connection is closed. */
  readonly idleTimeoutMs: number;
}

export interface DlistIntakeOptions extends DlistService {
  /** A socket that listens already and was handed over, to be used instead of opening one. */
  readonly descriptor?: number;
  readonly path: string;
  /** Permissions of the socket's file; a process that may write to it may send. */
  readonly mode: number;
  /** Name or number of the group of the socket's file. */
  readonly group?: string;
  /** Bytes of long requests that are held at a time until they are kept; at least one may always be. */
  readonly maxHeldBytes: number;
  readonly log: Logger;
  readonly times?: Partial<Pick<ConnectionTimes, 'lingerMs' | 'continuationMs'>> & { readonly farewellMs?: number };
  /** Milliseconds; for the limit on log lines. */
  readonly now?: () => number;
}

export interface DlistIntake extends Intake {
  renew(service: DlistService): void;
}

/** Connections beyond those that may be, which are told so, or are being closed; still more are closed without a word. */
const maxRefusals = 256;
const backlog = 4096;
const logPeriodMs = 10_000;

/**
 * Opens the socket: a client that connects from here on is answered once it runs. To be run once: when its signal aborts, what is
 * complete is answered, and all others are told NO. Throws BelfryError as `bindStreamSocket` does.
 */
export async function openDlistIntake(options: DlistIntakeOptions): Promise<DlistIntake> {
  const { log, path: address, descriptor, now = Date.now } = options;
  const { lingerMs = 5000, continuationMs = 50, farewellMs = 2000 } = options.times ?? {};
  const connections = new Set<DlistConnection>();
  const budget = new ByteBudget(Math.max(options.maxHeldBytes, options.maxBytes));
  const closing = new AbortController();
  let service: DlistService = options;
  let activity = 0;
  const handover = new AnsweredHandover(log, now);
  const limit = { lines: 1, periodMs: logPeriodMs, now };
  const limitRefusal = rateLimited(limit);
  const limitFailed = rateLimited(limit);

  const rules: ConnectionRules = {
    turns: new ScanTurns(),
    budget,
    limits: () => {
      const { maxBytes, requestTimeoutMs: requestMs, idleTimeoutMs: idleMs } = service;
      // What was granted to begin with bounds what may be asked for.
      const most = Math.min(maxBytes, Math.max(options.maxHeldBytes, options.maxBytes));
      return { maxBytes: most, times: { requestMs, idleMs, lingerMs, continuationMs } };
    },
    async keep(bytes): Promise<DlistAnswer> {
      const into = await handover.begun;
      if (into === undefined) return { word: 'NO', reason: 'belfry is stopping' };
      const answer = await into.offer([{ format: 'dlist', bytes }]);
      return 'refusal' in answer ? { word: 'NO', reason: answer.refusal } : { word: 'OK', id: answer.idOf(0) };
    },
    onActivity: () => {
      activity += 1;
    },
    onRefusal(word, reason) {
      limitRefusal((suppressed) => log.warn({ address, answer: word, reason, suppressed }, 'refused a request'));
    },
  };

  function connect(socket: Socket): void {
    activity += 1;
    const { maxConnections } = service;
    let refusal: string | undefined;
    if (connections.size >= maxConnections + maxRefusals) {
      socket.destroy();
      return;
    }
    if (connections.size >= maxConnections && !makeRoom()) {
      refusal = `connection limit reached (dlist_max_connections: ${maxConnections})`;
    }
    const connection = new DlistConnection(socket, rules, refusal);
    connections.add(connection);
    void connection.over.finally(() => connections.delete(connection));
  }

  /** Closes the oldest of those that are idle. */
  function makeRoom(): boolean {
    for (const connection of connections) {
      if (!connection.idle) continue;
      connection.makeWay();
      return true;
    }
    return false;
  }

  const server = createServer({ allowHalfOpen: true }, connect);
  const watch = descriptor === undefined ? undefined : new ShutdownWatch(descriptor);
  const removeFile = await listen(server, options);
  server.on('error', (error) => {
    limitFailed((suppressed) => {
      log.error({ address, reason: messageOf(error), suppressed }, 'cannot accept a connection; will retry');
    });
  });

  let closed: Promise<void> | undefined;
  function shut(): Promise<void> {
    closed ??= (async () => {
      removeFile();
      watch?.close();
      const over = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      const all = [...connections];
      for (const connection of all) connection.finish('belfry is stopping');
      await settlesWithin(Promise.all(all.map((connection) => connection.over)), farewellMs);
      for (const connection of connections) connection.destroy();
      await over;
    })();
    return closed;
  }

  return {
    address,
    async run(accept, signal): Promise<void> {
      const into = handover.begin(accept, address);
      const over = AbortSignal.any([signal, closing.signal]);
      const withdrawn = await untilShutdown(over, watch);
      // No client finds our own socket any more; one that waits at a socket that was passed to us waits for its next reader, but
      // there is no next for one that is shut down.
      removeFile();
      if (descriptor !== undefined && !withdrawn) server.close();
      await untilIdle(into, () => activity, farewellMs);
      await shut();
      await into.settled();
    },
    counts: () => handover.counts(),
    renew(changed): void {
      service = changed;
    },
    async close(): Promise<void> {
      closing.abort();
      handover.close();
      await shut();
    },
  };
}

/** Answers what removes the file, if it is ours. */
async function listen(server: Server, { path, mode, group, descriptor }: DlistIntakeOptions): Promise<() => void> {
  const bound = descriptor === undefined ? bindStreamSocket(path, mode, group) : undefined;
  try {
    server.listen({ fd: descriptor ?? bound?.fd, backlog });
    await once(server, 'listening');
  } catch (thrown) {
    bound?.close();
    throw new BelfryError('SOCKET_CREATE', `cannot listen on ${path}: ${messageOf(thrown)}`);
  }
  return bound?.removeFile ?? (() => {});
}
