/** The spool and the intake that feeds it: in memory and in this thread, or durable and with a thread of its own. */
import type { Logger } from 'pino';
import type { Configuration, SocketSetting } from './config/configuration.ts';
import { messageOf } from './error.ts';
import type { IntakeCounts } from './intake/intake.ts';
import { IntakeThread } from './intake-thread.ts';
import { type OpenIntake, openIntake, renewTogether } from './open-intake.ts';
import { giveWay } from './os/priority.ts';
import { openLmdbSpool } from './spool/lmdb/lmdb-spool.ts';
import { openMemorySpool } from './spool/memory-spool.ts';
import type { Discarded, Spool } from './spool/spool.ts';

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
  /** Resolves when what reads the sockets has shown that it is alive. */
  alive(): Promise<void>;
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
  const intakes = new Map<string, OpenIntake>();
  return {
    spool,
    durable: false,
    async listen(setting, descriptor) {
      const open = await openIntake(setting, {
        log,
        ownThread: false,
        ...(descriptor === undefined ? {} : { descriptor }),
      });
      const { intake } = open;
      intakes.set(setting.name, open);
      const stop = new AbortController();
      const running = intake
        .run((requests) => spool.append(requests), stop.signal)
        .then(() => {
          if (!stop.signal.aborted) onWithdrawn(intake.address);
        })
        .catch((thrown: unknown) => onFailure(messageOf(thrown)));
      return {
        setting,
        address: intake.address,
        async stop() {
          intakes.delete(setting.name);
          stop.abort();
          await running;
          await intake.close();
          return intake.counts();
        },
      };
    },
    async renew(settings) {
      renewTogether(settings.map((setting) => [intakes.get(setting.name), setting]));
    },
    // It has no thread of its own: who asks is in the one that reads.
    // It logs with the logger that it was given.
    setLogLevel() {},
    alive: async () => {},
    close: () => spool.close(),
  };
}

async function lmdbEngine(configuration: Configuration, parts: EngineParts): Promise<Engine> {
  const { log, putLine, onDiscard, onWithdrawn, onFailure } = parts;
  const { directory, maxBytes, retentionMs } = configuration.spool;
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes, retentionMs, now, random, onDiscard, writer: 'elsewhere' },
    onDamaged: (first, count) => log.error({ first, count }, 'entries of the spool are damaged and passed over'),
    onMovedAside: (path, reason) =>
      log.error({ path, reason }, 'the spool was damaged: moved aside, a new one is begun'),
  });
  const thread = new IntakeThread(
    { spool: { directory, maxBytes, retentionMs }, logLevel: configuration.logLevel },
    { onLast: (last) => spool.notice(last), onLine: putLine, onWithdrawn, onFailure },
  );
  // Only now: a thread begins with the priority of the one that starts it, and the intake's is not to give way.
  const refused = giveWay(configuration.dispatchNice);
  if (refused !== undefined) log.warn({ reason: refused }, 'dispatch cannot be told to give way to others');
  return {
    spool,
    durable: true,
    async listen(setting, descriptor) {
      const address = await thread.listen(setting, descriptor);
      const { name } = setting;
      return { setting, address, stop: () => thread.stop(name) };
    },
    renew: (settings) => thread.renew(settings),
    setLogLevel: (level) => thread.setLogLevel(level),
    alive: () => thread.alive(),
    async close() {
      await thread.end();
      await spool.close();
    },
  };
}
