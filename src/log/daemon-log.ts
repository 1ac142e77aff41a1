/** The daemon's own log: lines of pino on standard output, which journald, syslog or a file move on. */
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { LineSink } from '../base/line-sink.ts';
import { jsonForm, type LineForm } from './line-form.ts';
import { LineQueue } from './line-queue.ts';

export interface DaemonLog {
  readonly log: Logger;
  /** The same descriptor, for lines of the log notifier. */
  readonly output: LineSink;
  /** Takes a line, with its newline, that another thread has written. */
  putLine(line: string): void;
  /** Resolves when all lines are out. */
  drain(): Promise<void>;
  /** For the end of the process, when nothing can be awaited. */
  flushSync(): void;
}

/** How lines look, whichever thread writes them. */
export const lineOptions: LoggerOptions = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (level) => ({ level }) },
  serializers: { err: pino.stdSerializers.err },
};

export function openDaemonLog(level: string, descriptor = 1, form: LineForm = jsonForm): DaemonLog {
  const queue = new LineQueue(descriptor, form, (lines) =>
    log.warn({ lines }, 'lines of this log are missing: whoever reads it was too slow, or it could not be written'),
  );
  const log = pino({ ...lineOptions, level }, { write: (line: string) => queue.put(line) });
  return {
    log,
    output: queue,
    putLine: (line) => queue.put(line),
    drain: () => queue.drain(),
    flushSync: () => queue.flushSync(),
  };
}
