/** The intake for the stream of Cyrus (`notifysocket: dlist:/path`): each request is answered, OK once it is in the spool. */
import { createServer, type Socket } from 'node:net';
import { settlesWithin } from '../../base/settles-within.ts';
import type { DlistAnswer } from '../../decode/dlist/encode.ts';
import { lineLimit, rateLimited } from '../../log/rate-limited.ts';
import { listenOnStream } from '../../os/listening-socket.ts';
import { AnsweredQueue } from '../answered-queue.ts';
import { ByteBudget } from '../byte-budget.ts';
import type { Intake, IntakeServices } from '../intake.ts';
import { servedIntake } from '../served-intake.ts';
import { type ConnectionRules, type ConnectionTimes, DlistConnection } from './connection.ts';
import type { DlistDefaults, DlistSetting } from './dlist-kind.ts';
import { ScanTurns } from './scan-turns.ts';

/** What can be changed while the socket is open. */
type DlistService = Pick<DlistDefaults, 'maxBytes' | 'maxConnections' | 'requestTimeoutMs' | 'idleTimeoutMs'>;

export interface DlistIntakeOptions
  extends Omit<DlistSetting, 'transport' | 'name'>,
    Pick<IntakeServices, 'log' | 'descriptor' | 'recorder'> {
  readonly times?: Partial<Pick<ConnectionTimes, 'lingerMs' | 'continuationMs'>> & { readonly farewellMs?: number };
  /** Milliseconds; for the limit on log lines. */
  readonly now?: () => number;
}

export interface DlistIntake extends Intake {
  renew(service: DlistService): void;
}

/** Connections beyond the limit, which get an answer that says so, or are being closed; still more are closed without one. */
const maxRefusals = 256;
const backlog = 4096;

/**
 * Opens the socket: a client that connects from here on is answered once it runs. To be run once: when its signal aborts, what is
 * complete is answered, and all others are answered NO. Throws BelfryError as `bindStreamSocket` does.
 */
export async function openDlistIntake(options: DlistIntakeOptions): Promise<DlistIntake> {
  const { log, path: address, descriptor, now = Date.now } = options;
  const { lingerMs = 5000, continuationMs = 50, farewellMs = 2000 } = options.times ?? {};
  const connections = new Set<DlistConnection>();
  const budget = new ByteBudget(Math.max(options.maxHeldBytes, options.maxBytes));
  let service: DlistService = options;
  let activity = 0;
  const queue = new AnsweredQueue(log, now, options.recorder);
  const limit = { ...lineLimit, now };
  const limitRefusal = rateLimited(limit);

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
      const into = await queue.begun;
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
  const removeFile = await listenOnStream(server, { ...options, backlog });
  const intake = servedIntake({
    ...{ server, address, descriptor, removeFile, queue, farewellMs, log, limit },
    activity: () => activity,
    // No client finds our own socket now; one that waits at a socket that was passed to us waits for its next reader,
    // but there is no next for one that is shut down.
    onEnding(isShutDown) {
      removeFile();
      if (descriptor !== undefined && !isShutDown) server.close();
    },
    async endConnections() {
      const all = [...connections];
      for (const connection of all) connection.finish('belfry is stopping');
      await settlesWithin(Promise.all(all.map((connection) => connection.over)), farewellMs);
      for (const connection of connections) connection.destroy();
    },
  });
  return {
    ...intake,
    renew(changed): void {
      service = changed;
    },
  };
}
