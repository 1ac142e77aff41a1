/** The spool and the intake that feeds it: in memory and in this thread, or durable and with a thread of its own. */
import type { Logger } from 'pino';
import type { Configuration, SocketSetting } from './config/configuration.ts';
import { messageOf } from './error.ts';
import { openDatagramIntake } from './intake/datagram.ts';
import type { IntakeCounts } from './intake/intake.ts';
import { IntakeThread } from './intake-thread.ts';
import { openLmdbSpool } from './spool/lmdb/lmdb-spool.ts';
import { openMemorySpool } from './spool/memory-spool.ts';
import type { DeadLetter, Spool } from './spool/spool.ts';

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
  /** Opens a socket and begins to read it. Throws BelfryError. */
  listen(setting: SocketSetting): Promise<Listening>;
  /** Ends the intake, then the spool. Idempotent. */
  close(): Promise<void>;
}

export interface EngineParts {
  readonly log: Logger;
  /** Takes a whole line of the log. */
  readonly putLine: (line: string) => void;
  readonly onShed: (consumer: string, letter: DeadLetter) => void;
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

function memoryEngine({ spool: { maxBytes } }: Configuration, { log, onShed, onFailure }: EngineParts): Engine {
  const spool = openMemorySpool({ maxBytes, now, random, onShed });
  return {
    spool,
    durable: false,
    async listen(setting) {
      const { path, mode, group } = setting;
      const intake = openDatagramIntake({ address: path, mode, log, ...(group === undefined ? {} : { group }) });
      const stop = new AbortController();
      const running = intake
        .run(async (requests) => {
          await spool.append(requests);
        }, stop.signal)
        .catch((thrown: unknown) => onFailure(messageOf(thrown)));
      return {
        setting,
        address: intake.address,
        async stop() {
          stop.abort();
          await running;
          await intake.close();
          return intake.counts();
        },
      };
    },
    close: () => spool.close(),
  };
}

async function lmdbEngine(configuration: Configuration, parts: EngineParts): Promise<Engine> {
  const { log, putLine, onShed, onFailure } = parts;
  const { directory, maxBytes, retentionMs } = configuration.spool;
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes, retentionMs, now, random, onShed, writer: 'elsewhere' },
    onDamaged: (first, count) => log.error({ first, count }, 'entries of the spool are damaged and passed over'),
    onMovedAside: (path, reason) =>
      log.error({ path, reason }, 'the spool was damaged: moved aside, a new one is begun'),
  });
  const thread = new IntakeThread(
    { spool: { directory, maxBytes, retentionMs }, logLevel: configuration.logLevel },
    { onLast: (last) => spool.notice(last), onLine: putLine, onFailure },
  );
  return {
    spool,
    durable: true,
    async listen(setting) {
      const address = await thread.listen(setting);
      return { setting, address, stop: () => thread.stop(setting.path) };
    },
    async close() {
      await thread.end();
      await spool.close();
    },
  };
}
