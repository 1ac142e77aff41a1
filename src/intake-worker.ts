/**
 * The thread of the intake: reads the sockets and appends to the log, and does nothing else. Dispatch, validation, HTTP
 * and logging can be as busy as they like in the main thread, the mail server does not notice.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { pino } from 'pino';
import type { SocketSetting } from './config/configuration.ts';
import { BelfryError, messageOf } from './error.ts';
import { allOfThem, type FromIntake, type IntakeThreadData, type ToIntake } from './intake-messages.ts';
import { lineOptions } from './log/daemon-log.ts';
import { type OpenIntake, openIntake, renewTogether } from './open-intake.ts';
import { type OpenLogWriter, openLogWriter } from './spool/lmdb/lmdb-spool.ts';

interface Listening extends OpenIntake {
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

async function listen(setting: SocketSetting, descriptor?: number): Promise<void> {
  const { name } = setting;
  try {
    if (listening.has(name)) throw new BelfryError('SOCKET_IN_USE', `${name} is read already`);
    const { intake, renew } = await openIntake(setting, {
      log,
      ownThread: true,
      ...(descriptor === undefined ? {} : { descriptor }),
    });
    const stop = new AbortController();
    const running = intake
      .run(async (requests) => {
        const appended = await writer.append(requests);
        say({ kind: 'last', last: writer.last() });
        return appended;
      }, stop.signal)
      .then(() => {
        if (!stop.signal.aborted) say({ kind: 'withdrawn', name, address: intake.address });
      });
    listening.set(name, { intake, renew, stop, running });
    say({ kind: 'listening', name, address: intake.address });
  } catch (thrown) {
    sayRefused(name, thrown);
  }
}

function renew(settings: readonly SocketSetting[]): void {
  try {
    renewTogether(settings.map((setting) => [listening.get(setting.name), setting]));
    say({ kind: 'renewed', name: allOfThem });
  } catch (thrown) {
    sayRefused(allOfThem, thrown);
  }
}

function sayRefused(name: string, thrown: unknown): void {
  const code = thrown instanceof BelfryError ? thrown.code : 'SOCKET_CREATE';
  say({ kind: 'refused', name, code, message: messageOf(thrown) });
}

async function stop(name: string): Promise<void> {
  const one = listening.get(name);
  if (one === undefined) {
    say({ kind: 'stopped', name, counts: { received: 0, truncated: 0, lost: 0 } });
    return;
  }
  listening.delete(name);
  one.stop.abort();
  await one.running;
  await one.intake.close();
  say({ kind: 'stopped', name, counts: one.intake.counts() });
}

async function end(): Promise<void> {
  await Promise.all([...listening.keys()].map(stop));
  await writer.close();
  port?.close();
}

/** A failure here is a defect: it ends the thread, which the main one then says. */
async function obey(message: ToIntake): Promise<void> {
  if (message.kind === 'listen') await listen(message.setting, message.descriptor);
  else if (message.kind === 'renew') renew(message.settings);
  else if (message.kind === 'stop') await stop(message.name);
  else if (message.kind === 'ping') say({ kind: 'alive' });
  else if (message.kind === 'level') log.level = message.level;
  else await end();
}

port.on('message', (message: ToIntake) => {
  obey(message).catch((thrown: unknown) => {
    setImmediate(() => {
      throw thrown;
    });
  });
});
