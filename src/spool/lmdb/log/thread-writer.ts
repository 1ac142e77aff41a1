/** What threads append with: the one that has the writer of the log, and those that append through it. */
import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../../../base/request.ts';
import type { ThreadWriter } from '../../engine.ts';
import { type LogWriterOptions, openLogWriter } from './open-log-writer.ts';
import { RemoteWriter, serveAppends } from './remote-writer.ts';

/** `onLast` is called after each append, with the newest entry that is durable. Throws BelfryError SPOOL_OPEN. */
export function threadWriter(options: LogWriterOptions, onLast: (last: Position) => void): ThreadWriter {
  const writer = openLogWriter(options);
  const ports: MessagePort[] = [];
  const notice = (): void => onLast(writer.last());
  return {
    async append(requests, run) {
      const appended = await writer.append(requests, run);
      notice();
      return appended;
    },
    lastRun: (socket) => writer.lastRun(socket),
    serve(port) {
      ports.push(port);
      serveAppends(port, writer, notice);
    },
    async close() {
      for (const port of ports) port.close();
      await writer.close();
    },
  };
}

/** Appends through the thread that serves the other end of `port`. */
export function remoteThreadWriter(port: MessagePort): ThreadWriter {
  const writer = new RemoteWriter(port);
  return {
    append: (requests) => writer.append(requests),
    serve() {
      throw new Error('this thread has no spool');
    },
    close: async () => writer.close(),
  };
}
