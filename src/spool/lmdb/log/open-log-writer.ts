/** The side of the log that another thread of this process has: the intake's, which appends to it for further threads too. */
import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../../../base/request.ts';
import type { SpoolOptions, ThreadWriter } from '../../engine.ts';
import { CursorFile } from '../disk/cursor-file.ts';
import { openFailure } from '../disk/failure.ts';
import { joinStore } from '../disk/open-store.ts';
import { closeStore } from '../disk/store.ts';
import { LogWriter } from './log-writer.ts';
import { serveAppends } from './remote-writer.ts';

/** What the thread of the intake has of the log. */
interface OpenLogWriter extends ThreadWriter {
  readonly appendBatch: LogWriter['appendBatch'];
  /** Position of the newest entry that is durable: what `notice` gets. */
  last(): Position;
}

/**
 * Joins a log that `openLmdbSpool` has opened in another thread of this process. Only one thread may. `onLast` is called
 * after each append, with the newest entry that is durable. Throws BelfryError SPOOL_OPEN.
 */
export function openLogWriter(options: SpoolOptions, onLast: (last: Position) => void = () => {}): OpenLogWriter {
  try {
    const store = joinStore(options);
    const cursors = new CursorFile(options.directory, store.logNumber);
    const writer = new LogWriter(store, cursors, options);
    const ports: MessagePort[] = [];
    return {
      async append(requests, run) {
        const appended = await writer.append(requests, run);
        onLast(writer.last);
        return appended;
      },
      appendBatch: (batch) => writer.appendBatch(batch),
      lastRun: (socket) => writer.lastRun(socket),
      last: () => writer.last,
      serve(port) {
        ports.push(port);
        serveAppends(port, writer, () => onLast(writer.last));
      },
      async close() {
        for (const port of ports) port.close();
        await writer.close();
        cursors.close();
        await closeStore(store);
      },
    };
  } catch (thrown) {
    throw openFailure(options.directory, thrown);
  }
}
