/** The spool and the intakes that feed it: in memory and in this thread, or durable and with threads of their own. */
import { MessageChannel } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Position } from '../base/request.ts';
import type { Configuration, SocketSetting } from '../config/configuration.ts';
import type { IntakeCounts } from '../intake/intake.ts';
import { IntakeHost } from '../intake-host/intakes.ts';
import { IntakeThread } from '../intake-host/thread.ts';
import { giveWay } from '../os/priority.ts';
import { absenceFailure } from '../spool/lmdb/disk/failure.ts';
import { openLmdbSpool } from '../spool/lmdb/lmdb-spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import type { Discarded, Spool } from '../spool/spool.ts';

export interface Listening {
  readonly setting: SocketSetting;
  /** Where it listens, for logs. */
  readonly address: string;
  /** Stops reading; resolves with what it counted when all that was read is in the spool. Called once. */
  stop(): Promise<IntakeCounts>;
}

export interface Engine {
  readonly spool: Spool;
  /** Whether what is in the spool outlives the process. */
  readonly durable: boolean;
  /** Opens a socket, or takes the one that was handed over as `descriptor`, and begins to read it. Throws BelfryError. */
  listen(setting: SocketSetting, descriptor?: number): Promise<Listening>;
  /**
   * Takes what of these settings can be changed while their sockets are open, and reads their files again: of all of them,
   * or of none. Each has the name with which its socket was opened. Throws BelfryError when one cannot be used.
   */
  renew(settings: readonly SocketSetting[]): Promise<void>;
  /** Sets what is logged where this engine has a log of its own. */
  setLogLevel(level: string): void;
  /** What reads the sockets, by name: each resolves when that part has shown that it is alive. */
  vitals(): ReadonlyMap<string, Promise<void>>;
  /** Ends the intake, then the spool. Idempotent. */
  close(): Promise<void>;
}

export interface EngineParts {
  readonly log: Logger;
  /** Takes a whole line of the log. */
  readonly putLine: (line: string) => void;
  readonly onDiscard: (discarded: Discarded) => void;
  /** Who handed a socket over has shut it down: nothing comes from it any more. */
  readonly onWithdrawn: (address: string) => void;
  /** The intake has failed: nothing is taken any more, so the process must end and be started again. */
  readonly onFailure: (reason: string) => void;
}

const now = Date.now;
const random = Math.random;

export async function openEngine(configuration: Configuration, parts: EngineParts): Promise<Engine> {
  return configuration.spool.engine === 'memory'
    ? memoryEngine(configuration, parts)
    : await lmdbEngine(configuration, parts);
}

function memoryEngine({ spool: { maxBytes } }: Configuration, parts: EngineParts): Engine {
  const { log, onDiscard, onWithdrawn, onFailure } = parts;
  const spool = openMemorySpool({ maxBytes, now, random, onDiscard });
  const host = new IntakeHost({
    ...{ log, ownThread: false, onWithdrawn, onFailure },
    accept: (requests) => spool.append(requests),
  });
  return {
    spool,
    durable: false,
    async listen(setting, descriptor) {
      const { name } = setting;
      return { setting, address: await host.listen(setting, descriptor), stop: () => host.stop(name) };
    },
    renew: async (settings) => host.renew(settings),
    // It has no thread of its own: it logs with the logger that it was given, and who asks is in the one that reads.
    setLogLevel() {},
    vitals: () => new Map([['the intake', Promise.resolve()]]),
    async close() {
      await host.close();
      await spool.close();
    },
  };
}

async function lmdbEngine(configuration: Configuration, parts: EngineParts): Promise<Engine> {
  const { log, putLine, onDiscard, onWithdrawn, onFailure } = parts;
  const { directory, maxBytes, retentionMs } = configuration.spool;
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes, retentionMs, now, random, onDiscard, writer: 'elsewhere' },
    onDamaged: (first, count) => log.error({ first, count }, 'entries of the spool are damaged and passed over'),
    onAbsence: (absence) => {
      if (absence === undefined) log.info('the spool is in its place again: requests are taken');
      else log.fatal({ reason: absenceFailure(absence).message }, 'the spool is gone: new requests are refused');
    },
    onSalvaged: (path, salvaged) =>
      log.error({ path, ...salvaged }, 'of the damaged spool this much could be read, and is in the new one'),
    onMovedAside: (path, reason) =>
      log.error({ path, reason }, 'the spool was damaged: moved aside, a new one is begun'),
  });
  let logLevel: string = configuration.logLevel;
  const events = { onLast: (last: Position) => spool.notice(last), onLine: putLine, onWithdrawn, onFailure };
  const thread = new IntakeThread({ into: { spool: { directory, maxBytes, retentionMs } }, logLevel }, events);
  // Only now: a thread begins with the priority of the one that starts it, and the intake's must stay as it is.
  const refused = giveWay(configuration.dispatchNice);
  if (refused !== undefined) log.warn({ reason: refused }, 'dispatch cannot be told to give way to others');
  let http: IntakeThread | undefined;
  /** Started when it is needed first, with the priority of dispatch: what it does must not hold up the other thread. */
  const httpThread = async (): Promise<IntakeThread> => {
    if (http === undefined) {
      const { port1, port2 } = new MessageChannel();
      http = new IntakeThread({ into: { port: port1 }, logLevel }, events);
      await thread.serve(port2);
    }
    return http;
  };
  const isHttp = ({ transport }: SocketSetting): boolean => transport === 'http';
  return {
    spool,
    durable: true,
    async listen(setting, descriptor) {
      const host = isHttp(setting) ? await httpThread() : thread;
      const address = await host.listen(setting, descriptor);
      const { name } = setting;
      return { setting, address, stop: () => host.stop(name) };
    },
    async renew(settings) {
      // Of the other intakes none can refuse.
      await http?.renew(settings.filter(isHttp));
      await thread.renew(settings.filter((setting) => !isHttp(setting)));
    },
    setLogLevel(level) {
      logLevel = level;
      for (const one of [thread, http]) one?.setLogLevel(level);
    },
    vitals() {
      const alive = new Map([['the intake', thread.alive()]]);
      if (http !== undefined) alive.set('the intake over HTTP', http.alive());
      return alive;
    },
    async close() {
      await http?.end();
      await thread.end();
      await spool.close();
    },
  };
}
