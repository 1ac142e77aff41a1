/** The life of an intake that is a server, whatever its clients speak: it takes what they send, answers each, and ends with the last answer. */
import type { Server } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import { rateLimited } from '../log/rate-limited.ts';
import { ShutdownWatch } from '../os/shutdown-watch.ts';
import type { AcceptQueue } from './accept-queue.ts';
import type { AnsweredQueue } from './answered-queue.ts';
import type { Intake } from './intake.ts';

export interface ServedIntakeParts {
  /** It listens already. */
  readonly server: Server;
  readonly address: string;
  /** Of the socket, where it was passed to us. */
  readonly descriptor: number | undefined;
  /** Removes the file of the socket, if it is ours. */
  readonly removeFile: () => void;
  readonly queue: AnsweredQueue;
  /** A count that rises with whatever comes in. */
  readonly activity: () => number;
  /** When the end has come, before the last clients are waited for. `isShutDown`: because the socket was shut down. */
  readonly onEnding?: (isShutDown: boolean) => void;
  /** Ends all connections once what is under way on them has come to its end. No new ones come. */
  readonly endConnections: () => Promise<void>;
  /** At the end: how long clients may take that keep sending, in milliseconds. */
  readonly farewellMs: number;
  readonly log: Logger;
  /** For the limit on log lines. */
  readonly limit: Parameters<typeof rateLimited>[0];
}

/** Turns of the event loop in which nothing has come after which nothing is on its way from this machine. */
const quietTurns = 3;

export function servedIntake(parts: ServedIntakeParts): Intake {
  const { server, address, descriptor, removeFile, queue, activity, farewellMs, log } = parts;
  const watch = descriptor === undefined ? undefined : new ShutdownWatch(descriptor);
  const closing = new AbortController();
  const limitFailed = rateLimited(parts.limit);
  server.on('error', (error) => {
    limitFailed((suppressed) => {
      log.error({ address, reason: messageOf(error), suppressed }, 'cannot accept a connection; will retry');
    });
  });

  let closed: Promise<void> | undefined;
  async function shut(): Promise<void> {
    removeFile();
    watch?.close();
    const over = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await parts.endConnections();
    await over;
  }

  return {
    address,
    async run(accept, signal): Promise<void> {
      const into = queue.begin(accept, address);
      const isShutDown = await untilShutdown(AbortSignal.any([signal, closing.signal]), watch);
      parts.onEnding?.(isShutDown);
      await untilIdle(into, activity, farewellMs);
      closed ??= shut();
      await closed;
      await into.settled();
    },
    counts: () => queue.counts(),
    async close(): Promise<void> {
      closing.abort();
      queue.close();
      closed ??= shut();
      await closed;
    },
  };
}

/**
 * Resolves with false when `signal` aborts, or before that, with true, when the inherited socket that
 * `watch` watches is shut down.
 */
async function untilShutdown(signal: AbortSignal, watch: ShutdownWatch | undefined): Promise<boolean> {
  if (watch !== undefined) return watch.wait(signal);
  while (!signal.aborted) await sleep(2 ** 30, undefined, { signal }).catch(() => {});
  return false;
}

/** Resolves when all clients have their answers, or have not stopped sending for `farewellMs`. */
async function untilIdle(into: AcceptQueue, activity: () => number, farewellMs: number): Promise<void> {
  const end = performance.now() + farewellMs;
  for (let seen = -1; seen !== activity() && performance.now() < end; ) {
    seen = activity();
    for (let turn = 0; turn < quietTurns; turn += 1) await nextTurn();
    await into.settled();
  }
}
