/** Method log: one line for each notification, on the daemon's standard output or at the end of a file. */

import { BelfryError, messageOf } from '../base/error.ts';
import type { LineSink } from '../base/line-sink.ts';
import { choice, path } from '../option/types.ts';
import { AppendFile } from './log/append-file.ts';
import { cyrusLine, jsonLines, type LineFormat } from './log/log-line.ts';
import { abortReason, type Delivery, defineMethod, type Notifier, type Outcome, type Services } from './notifier.ts';

/** The most lines, and about the most characters, that one write takes. */
const maxBatch = 256;
const chunkLength = 1024 * 1024;

const formats: Readonly<Record<'json' | 'cyrus', () => LineFormat>> = { json: jsonLines, cyrus: () => cyrusLine };

const delivered: Outcome = { status: 'delivered' };

/** Delivered means that the operating system has taken the line; it is not waited until the disk has it. */
export const log = defineMethod({
  name: 'log',
  summary: 'Writes one line for each notification to standard output or to a file.',
  options: {
    file: path({
      description:
        'The file to append to. belfry creates it with mode 0640 if it does not exist, and opens it again after it was rotated or removed.',
      absent: 'standard output, also written /dev/stdout',
      example: '/var/log/belfry/events.log',
    }),
    format: choice(
      {
        description:
          '`json`: a line of JSON like those of the daemon, with the payload. `cyrus`: the line that Cyrus notifyd wrote to syslog, `class, priority, user, mailbox, (option, option) "message"`, for an event `EVENT, , , ,  "JSON"`, with control characters as # and an octal number.',
        default: 'json',
      },
      ['json', 'cyrus'],
    ),
  },
  files: ({ file }) => (isOutput(file) ? [] : [{ option: 'file', path: file, use: 'append' }]),
  open: async ({ file, format }, services) => {
    if (isOutput(file)) return lineNotifier(services.output, 'standard output', formats[format](), services);
    const sink = await AppendFile.open(file).catch((error: unknown) => {
      const remedy = 'name a file that the user of the daemon may write';
      throw new BelfryError('NOTIFIER_OPEN', `notifier ${services.name}: ${messageOf(error)}; ${remedy}`);
    });
    return lineNotifier(sink, file, formats[format](), services, () => sink.close());
  },
});

/** Whether the lines belong between those of the daemon: opening these names again fails where they are sockets. */
function isOutput(file: string | undefined): file is undefined {
  return file === undefined || /^\/dev\/(?:stdout|fd\/1)$|^\/proc\/self\/fd\/1$/.test(file);
}

/** Writes through `sink`; `place` names it in reasons. */
function lineNotifier(
  sink: LineSink,
  place: string,
  format: LineFormat,
  { name, now, attemptTimeoutMs, test }: Services,
  close: () => Promise<void> = async () => {},
): Notifier {
  return {
    maxBatch,
    notify: async (deliveries, signal) => {
      const outcomes: Outcome[] = [];
      while (outcomes.length < deliveries.length) {
        const chunk = nextChunk(deliveries, outcomes.length, (delivery) => format(delivery, name, now()));
        test?.trace('sent', chunk.lines.trimEnd());
        const outcome = await writeUnlessAborted(sink, chunk.lines, { place, attemptTimeoutMs }, signal);
        // After lines that were not taken none is written: all that are left share the reason.
        const settled = outcome.status === 'delivered' ? chunk.count : deliveries.length - outcomes.length;
        for (let index = 0; index < settled; index += 1) outcomes.push(outcome);
      }
      return outcomes;
    },
    close,
  };
}

/** The lines from `start` on that one write takes: a call of the longest requests would not fit into memory as one. */
function nextChunk(
  deliveries: readonly Delivery[],
  start: number,
  line: (delivery: Delivery) => string,
): { readonly lines: string; readonly count: number } {
  let lines = '';
  let count = 0;
  for (const delivery of deliveries.slice(start)) {
    if (lines.length >= chunkLength) break;
    lines += line(delivery);
    count += 1;
  }
  return { lines, count };
}

/** Does not wait past an abort for a disk or a pipe that hangs; lines that were begun may still be taken, and come again. */
function writeUnlessAborted(
  sink: LineSink,
  lines: string,
  { place, attemptTimeoutMs }: { readonly place: string; readonly attemptTimeoutMs: number },
  signal: AbortSignal,
): Promise<Outcome> {
  const unwritten = (): Outcome => ({
    status: 'retry',
    reason:
      abortReason(signal) === 'timeout'
        ? `the line was not written to ${place} within ${attemptTimeoutMs / 1000} s`
        : `stopped before the line was written to ${place}`,
  });
  if (signal.aborted) return Promise.resolve(unwritten());
  return new Promise((resolve) => {
    const stop = (): void => resolve(unwritten());
    signal.addEventListener('abort', stop, { once: true });
    sink
      .write(lines, signal)
      .then(
        () => resolve(delivered),
        (error: unknown) => resolve({ status: 'retry', reason: `cannot write to ${place}: ${messageOf(error)}` }),
      )
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
