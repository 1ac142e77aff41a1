/** The side of the log that another thread of this process has: the intake's, which appends to it. */
import type { Position } from '../../../base/request.ts';
import { CursorFile } from '../disk/cursor-file.ts';
import { openFailure } from '../disk/failure.ts';
import { joinStore } from '../disk/open-store.ts';
import { closeStore } from '../disk/store.ts';
import { LogWriter } from './log-writer.ts';

export interface LogWriterOptions {
  readonly directory: string;
  /** Bytes that requests in the log and dead letters may take together, 64 more for each. */
  readonly maxBytes: number;
  /** How long entries stay after the last consumer has passed them, in milliseconds. */
  readonly retentionMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly random: () => number;
}

/** What the thread of the intake has of the log. */
export interface OpenLogWriter {
  readonly append: LogWriter['append'];
  readonly appendBatch: LogWriter['appendBatch'];
  readonly lastRun: LogWriter['lastRun'];
  /** Position of the newest entry that is durable: what `notice` gets. */
  last(): Position;
  close(): Promise<void>;
}

/**
 * Joins a log that `openLmdbSpool` has opened in another thread of this process. Only one thread may. Throws BelfryError
 * SPOOL_OPEN.
 */
export function openLogWriter(options: LogWriterOptions): OpenLogWriter {
  try {
    const store = joinStore(options);
    const cursors = new CursorFile(options.directory, store.logNumber);
    const writer = new LogWriter(store, cursors, options);
    return {
      append: (requests, run) => writer.append(requests, run),
      lastRun: (socket) => writer.lastRun(socket),
      appendBatch: (batch) => writer.appendBatch(batch),
      last: () => writer.last,
      async close() {
        await writer.close();
        cursors.close();
        await closeStore(store);
      },
    };
  } catch (thrown) {
    throw openFailure(options.directory, thrown);
  }
}
