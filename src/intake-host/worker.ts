/**
 * A thread of intakes. One reads datagrams and the stream and appends to the spool; it parses nothing, so that the mail
 * server never waits for anything else. Another, where it is configured, speaks HTTP and passes finished chunks to the first.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Position } from '../base/request.ts';
import { logWarnings } from '../log/capture-output.ts';
import { lineOptions } from '../log/daemon-log.ts';
import { IntakeRecorder } from '../metrics/intake-recorder.ts';
import { LoopDelay } from '../metrics/loop-delay.ts';
import { backgroundNice, lowerPriority } from '../os/priority.ts';
import type { ThreadWriter } from '../spool/engine.ts';
import { spoolEngine } from '../spool/table.ts';
import { Intakes } from './intakes.ts';
import type { FromIntake, IntakeThreadCalls, IntakeThreadData, ToIntake } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');

const { engine, into, logLevel } = workerData as IntakeThreadData;
const post = (message: FromIntake): void => port.postMessage(message);
const log = pino({ ...lineOptions, level: logLevel }, { write: (line: string) => post({ kind: 'line', line }) });
logWarnings(log);
if ('port' in into) {
  const refused = lowerPriority(backgroundNice);
  if (refused !== undefined)
    log.warn({ reason: refused }, 'cannot lower the priority of the thread that parses requests');
}
const recorder = new IntakeRecorder();
const loopDelay = new LoopDelay();
const writer = await openWriter();
const intakes = new Intakes({
  log,
  ownThread: true,
  accept: (requests, run) => writer.append(requests, run),
  recorder,
  ...(writer.lastRun && { lastRun: writer.lastRun }),
  onSocketShutDown: (address) => post({ kind: 'socket-shut-down', address }),
  // It ends the thread, and the main one says so.
  onFailure: (reason) => throwLater(new Error(reason)),
});

function openWriter(): Promise<ThreadWriter> {
  const { writers } = spoolEngine(engine);
  if ('port' in into) return writers.joinWriter(into.port);
  const onLast = (last: Position): void => post({ kind: 'last', last });
  return writers.openWriter(into.spool, { now: Date.now, random: Math.random }, onLast);
}

function throwLater(thrown: unknown): void {
  setImmediate(() => {
    throw thrown;
  });
}

const calls: IntakeThreadCalls = {
  open: (id, setting, descriptor) => intakes.open(id, setting, descriptor),
  renew: (renewals) => intakes.renew(renewals),
  stop: (id) => intakes.stop(id),
  ping() {},
  serve: (other) => writer.serve(other),
  facts(isScraped) {
    const loop = isScraped ? loopDelay.read() : undefined;
    return { ...recorder.facts(), sockets: intakes.sockets(), ...(loop && { loop }) };
  },
  level(level) {
    log.level = level;
  },
};

async function end(): Promise<void> {
  loopDelay.stop();
  await intakes.close();
  await writer.close();
  port?.close();
}

port.on('message', (message: ToIntake) => {
  if (message === 'end') {
    end().catch(throwLater);
    return;
  }
  const { number, call, args } = message;
  const answered = async (): Promise<unknown> => Reflect.apply(calls[call], calls, args);
  answered().then(
    (answer) => post({ kind: 'answer', number, answer }),
    (thrown: unknown) => {
      const code = thrown instanceof BelfryError ? thrown.code : 'SOCKET_CREATE';
      post({ kind: 'refused', number, code, message: messageOf(thrown) });
    },
  );
});
