/** The intake that stands in notifyd's place: takes requests off a Unix datagram socket (`notifysocket: /path`). */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../base/error.ts';
import type { RawRequest } from '../base/request.ts';
import { lineLimit, rateLimited } from '../log/rate-limited.ts';
import { adoptDatagramSocket, type Datagram, type DatagramSocket, openDatagramSocket } from '../os/unix-datagram.ts';
import { AcceptQueue } from './accept-queue.ts';
import type { DatagramSetting } from './datagram-kind.ts';
import type { Accept, Intake, IntakeCounts, IntakeServices } from './intake.ts';
import { StoredFirst } from './stored-first.ts';

/** What is read is the file of a path, or the inherited socket, whose file stays as it is. */
export interface DatagramIntakeOptions
  extends Partial<IntakeServices>,
    Partial<Pick<DatagramSetting, 'mode' | 'group'>> {
  /** A path, or `@` and an abstract name. */
  readonly address: string;
  readonly log: Logger;
  /** Most requests that are read in one turn of the event loop; `accept` gets a few such turns' worth at most. */
  readonly batch?: number;
  /**
   * Most bytes that are held until `accept` has answered for them. Beyond it reading waits, and then the senders do:
   * a disk that is slower than the mail server for so long has no other end that loses nothing and fits into memory.
   */
  readonly maxPendingBytes?: number;
  /** Whether datagrams are stored before they are taken out of the kernel's queue. */
  readonly storeFirst?: boolean;
  /** For so long, in milliseconds, a few datagrams wait for others, to be stored together; not with `storeFirst`. Default 0. */
  readonly delayMs?: number;
  /** Milliseconds; for the limit on log lines. */
  readonly now?: () => number;
}

export interface DatagramIntake extends Intake {
  /** Changes when datagrams are stored; what was read before that is stored before anything else. */
  renew(changed: Pick<DatagramIntakeOptions, 'storeFirst' | 'delayMs'>): void;
}

const defaultBatch = 256;
const defaultMaxPendingBytes = 16 * 1024 * 1024;
/** While `accept` works on one batch, this many more may have been read: one commit then serves them all. */
const batchesPerAccept = 4;
/** How long one turn of a thread of its own may last, so that commits and whatever else comes in have theirs. */
const lingerMs = 2;
/** Batches that are read at the end from a socket that stays open: more than the kernel's queue holds. */
const farewellTurns = 8;
/** Pause after a failed read: a shortage of memory or descriptors passes. */
const pauseMs = 100;

/**
 * Opens the socket: from here on it takes datagrams, as far as the kernel's queue goes. To be run once: when its signal
 * aborts it refuses what is sent and reads what had been accepted; it leaves an inherited socket open. Throws BelfryError as `openDatagramSocket` does.
 */
export function openDatagramIntake(options: DatagramIntakeOptions): DatagramIntake {
  const { address: path, descriptor, ownThread = false } = options;
  // A thread that has little else to do waits in the kernel for what follows closely.
  const reading = { lingerMs: ownThread ? lingerMs : 0 };
  if (descriptor !== undefined) return datagramIntake(adoptDatagramSocket(descriptor, reading), options);
  return datagramIntake(openDatagramSocket({ ...options, path, ...reading }), options);
}

function datagramIntake(socket: DatagramSocket, options: DatagramIntakeOptions): DatagramIntake {
  const { log, batch = defaultBatch, maxPendingBytes = defaultMaxPendingBytes, now = Date.now } = options;
  const { address } = socket;
  const limit = { ...lineLimit, now };
  const limitLost = rateLimited(limit);
  const limitTruncated = rateLimited(limit);
  const limitFailed = rateLimited(limit);
  const closing = new AbortController();
  let queue: AcceptQueue | undefined;
  let storedFirst: StoredFirst | undefined;
  let { storeFirst = false, delayMs = 0 } = options;
  let truncated = 0;
  let lost = 0;
  let lostUnsaid = 0;
  let later: NodeJS.Timeout | undefined;

  function onLost(requests: number, reason: string): void {
    lost += requests;
    lostUnsaid += requests;
    limitLost(() => {
      log.error({ address, lost: lostUnsaid, reason }, 'lost requests: belfry read them but could not store them');
      lostUnsaid = 0;
    });
    // Also where nothing more is lost after that.
    if (lostUnsaid > 0) later ??= setTimeout(sayLost, lineLimit.periodMs).unref();
  }

  /** What has been lost since the last line. */
  function sayLost(): void {
    clearTimeout(later);
    later = undefined;
    if (lostUnsaid > 0) log.error({ address, lost: lostUnsaid }, 'lost further requests');
    lostUnsaid = 0;
  }

  function toRequest(datagram: Datagram): RawRequest {
    if (datagram.truncatedFrom !== undefined) {
      truncated++;
      const { bytes, truncatedFrom } = datagram;
      limitTruncated((suppressed) => {
        log.warn(
          { address, sent: truncatedFrom, kept: bytes.length, suppressed },
          'truncated a request: it was longer than the receive buffer',
        );
      });
    }
    return { format: 'datagram', ...datagram };
  }

  /** Reads one batch; answers how many requests there were, or undefined when the socket cannot be read. */
  async function read(into: AcceptQueue, first: StoredFirst): Promise<number | undefined> {
    try {
      if (storeFirst) {
        // Nothing that was read later is stored before it.
        await into.settled();
        return await first.round();
      }
      const datagrams = socket.receive(batch);
      into.add(datagrams.map(toRequest));
      return datagrams.length;
    } catch (thrown) {
      limitFailed((suppressed) => {
        log.error({ address, reason: messageOf(thrown), suppressed }, 'cannot read the socket; will retry');
      });
      return undefined;
    }
  }

  return {
    address,
    async run(accept: Accept, signal: AbortSignal): Promise<void> {
      if (queue !== undefined) throw new Error('an intake runs once');
      queue = new AcceptQueue(accept, {
        ...{ maxRequests: batch * batchesPerAccept, maxPendingBytes, onLost },
        gatherMs: () => delayMs,
        recorder: options.recorder,
      });
      const first = new StoredFirst(socket, accept, options.lastRun?.(address), {
        ...{ batch, toRequest, onLost, recorder: options.recorder },
        onKnown: (count) =>
          log.info({ address, count }, 'skipped requests that were already stored before the last stop'),
      });
      storedFirst = first;
      const ending = AbortSignal.any([signal, closing.signal]);
      while (!ending.aborted) {
        if (queue.full) {
          await queue.room(ending);
          continue;
        }
        const count = await read(queue, first);
        if (count === undefined) await sleep(pauseMs, undefined, { signal: ending }).catch(() => {});
        else if (count > 0 && (storeFirst || !socket.isDrained)) await nextTurn();
        else if (socket.isShutDown) break;
        else await socket.ready(ending);
      }
      // What is left is what fits into the kernel's queue, as nothing more is let in. Into an inherited socket
      // more may come for ever: that is its next owner's, but what waits is taken, as there may be none.
      const sealed = socket.seal();
      for (let turn = 0; sealed || (turn < farewellTurns && !queue.full); turn += 1) {
        if (((await read(queue, first)) ?? 0) === 0) break;
        await nextTurn();
      }
      await queue.settled();
      sayLost();
    },
    counts: (): IntakeCounts => ({ received: (queue?.taken ?? 0) + (storedFirst?.taken ?? 0), truncated, lost }),
    queued: () => socket.queued(),
    renew(changed) {
      ({ storeFirst = false, delayMs = 0 } = changed);
    },
    async close(): Promise<void> {
      closing.abort();
      socket.close();
    },
  };
}
