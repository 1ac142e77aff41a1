/**
 * A thread of intakes. One reads datagrams and the stream and appends to the spool; it parses nothing, so that the mail
 * server never waits for anything else. Another, where it is configured, speaks HTTP and passes finished chunks to the first.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Accept } from '../intake/intake.ts';
import { logWarnings } from '../log/capture-output.ts';
import { lineOptions } from '../log/daemon-log.ts';
import { type OpenLogWriter, openLogWriter } from '../spool/lmdb/log/open-log-writer.ts';
import { RemoteWriter, serveAppends } from '../spool/lmdb/log/remote-writer.ts';
import { IntakeHost } from './intakes.ts';
import type { AnswerOf, FromIntake, IntakeThreadData, Question, ToIntake } from './messages.ts';

/** Where what is read goes. */
interface Destination {
  readonly accept: Accept;
  readonly lastRun?: (socket: string) => Uint8Array | undefined;
  /** Lets another thread append. */
  serve(port: MessagePort): void;
  /** When nothing is under way any more. */
  close(): Promise<void>;
}

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');

const { into, logLevel } = workerData as IntakeThreadData;
const post = (message: FromIntake): void => port.postMessage(message);
const log = pino({ ...lineOptions, level: logLevel }, { write: (line: string) => post({ kind: 'line', line }) });
logWarnings(log);
const destination: Destination = 'spool' in into ? ownWriter(into.spool) : remoteWriter(into.port);
const host = new IntakeHost({
  log,
  ownThread: true,
  accept: destination.accept,
  ...(destination.lastRun && { lastRun: destination.lastRun }),
  onWithdrawn: (address) => post({ kind: 'withdrawn', address }),
  // It ends the thread, and the main one says so.
  onFailure: (reason) => throwLater(new Error(reason)),
});

function ownWriter(spool: { readonly directory: string; readonly maxBytes: number; readonly retentionMs: number }) {
  const writer: OpenLogWriter = openLogWriter({ ...spool, now: Date.now, random: Math.random });
  const ports: MessagePort[] = [];
  const notice = (): void => post({ kind: 'last', last: writer.last() });
  return {
    accept: async (requests, run) => {
      const appended = await writer.append(requests, run);
      notice();
      return appended;
    },
    lastRun: (socket) => writer.lastRun(socket),
    serve(served) {
      ports.push(served);
      serveAppends(served, writer, notice);
    },
    async close() {
      for (const served of ports) served.close();
      await writer.close();
    },
  } satisfies Destination;
}

function remoteWriter(remote: MessagePort) {
  const writer = new RemoteWriter(remote);
  return {
    accept: (requests) => writer.append(requests),
    serve() {
      throw new Error('this thread has no spool');
    },
    close: async () => writer.close(),
  } satisfies Destination;
}

function throwLater(thrown: unknown): void {
  setImmediate(() => {
    throw thrown;
  });
}

async function answer(question: Question): Promise<AnswerOf[Question['kind']]> {
  switch (question.kind) {
    case 'listen':
      return { address: await host.listen(question.setting, question.descriptor) };
    case 'renew':
      host.renew(question.settings);
      return undefined;
    case 'stop':
      return host.stop(question.name);
    case 'serve':
      destination.serve(question.port);
      return undefined;
    case 'level':
      log.level = question.level;
      return undefined;
    case 'ping':
      return undefined;
  }
}

async function end(): Promise<void> {
  await host.close();
  await destination.close();
  port?.close();
}

port.on('message', (message: ToIntake) => {
  if (message === 'end') {
    end().catch(throwLater);
    return;
  }
  const { number, question } = message;
  answer(question).then(
    (given) => post({ kind: 'answer', number, answer: given }),
    (thrown: unknown) => {
      const code = thrown instanceof BelfryError ? thrown.code : 'SOCKET_CREATE';
      post({ kind: 'refused', number, code, message: messageOf(thrown) });
    },
  );
});
