/**
 * The thread of the intake: reads the sockets and appends to the log, and does nothing else. Dispatch, validation, HTTP
 * and logging can be as busy as they like in the main thread, the mail server does not notice.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { SocketSetting } from './config/configuration.ts';
import { BelfryError, messageOf } from './error.ts';
import { openDatagramIntake } from './intake/datagram.ts';
import type { Intake } from './intake/intake.ts';
import type { FromIntake, IntakeThreadData, ToIntake } from './intake-messages.ts';
import { lineOptions } from './log/daemon-log.ts';
import { type OpenLogWriter, openLogWriter } from './spool/lmdb/lmdb-spool.ts';

interface Listening {
  readonly intake: Intake;
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');

const { spool, logLevel } = workerData as IntakeThreadData;
const say = (message: FromIntake): void => port.postMessage(message);
const log = pino({ ...lineOptions, level: logLevel }, { write: (line: string) => say({ kind: 'line', line }) });
const writer: OpenLogWriter = openLogWriter({ ...spool, now: Date.now, random: Math.random });
const listening = new Map<string, Listening>();

function listen(setting: SocketSetting): void {
  const { path, mode, group } = setting;
  try {
    const intake = openDatagramIntake({ address: path, mode, log, ...(group === undefined ? {} : { group }) });
    const stop = new AbortController();
    const running = intake.run(async (requests) => {
      await writer.append(requests);
      say({ kind: 'last', last: writer.last() });
    }, stop.signal);
    listening.set(path, { intake, stop, running });
    say({ kind: 'listening', path, address: intake.address });
  } catch (thrown) {
    const code = thrown instanceof BelfryError ? thrown.code : 'SOCKET_CREATE';
    say({ kind: 'refused', path, code, message: messageOf(thrown) });
  }
}

async function stop(path: string): Promise<void> {
  const one = listening.get(path);
  if (one === undefined) return;
  listening.delete(path);
  one.stop.abort();
  await one.running;
  await one.intake.close();
  say({ kind: 'stopped', path, counts: one.intake.counts() });
}

async function end(): Promise<void> {
  await Promise.all([...listening.keys()].map(stop));
  await writer.close();
  port?.close();
}

/** A failure here is a defect: it ends the thread, which the main one then says. */
async function obey(message: ToIntake): Promise<void> {
  if (message.kind === 'listen') listen(message.setting);
  else if (message.kind === 'stop') await stop(message.path);
  else await end();
}

port.on('message', (message: ToIntake) => {
  obey(message).catch((thrown: unknown) => {
    setImmediate(() => {
      throw thrown;
    });
  });
});
