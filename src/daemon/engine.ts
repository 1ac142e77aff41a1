/** The spool of a daemon and the intakes that feed it, opened and closed together: which spool, and where intakes run. */
import type { Logger } from 'pino';
import type { Configuration } from '../config/configuration.ts';
import type { IntakeHost } from '../intake-host/intake-host.ts';
import type { IntakesEvents } from '../intake-host/intakes.ts';
import { hostInThreads } from '../intake-host/threads.ts';
import { lowerEngineThreads, lowerPriority } from '../os/priority.ts';
import type { SpoolEvents } from '../spool/engine.ts';
import type { Discarded, Spool } from '../spool/spool.ts';
import { spoolEngine } from '../spool/table.ts';

export interface Engine {
  readonly spool: Spool;
  readonly intakes: IntakeHost;
  /** Ends the intakes, then the spool. Idempotent. */
  close(): Promise<void>;
}

export interface EngineParts extends IntakesEvents {
  readonly log: Logger;
  /** Takes a whole line of the log. */
  readonly putLine: (line: string) => void;
  readonly onDiscard: (discarded: Discarded) => void;
}

export async function openEngine(configuration: Configuration, parts: EngineParts): Promise<Engine> {
  const { log, putLine, onDiscard, onSocketShutDown, onFailure } = parts;
  const { engine, ...location } = configuration.spool;
  const events = { onDiscard, ...spoolLog(log) };
  const { spool, notice } = await spoolEngine(engine).open(location, { now: Date.now, random: Math.random, ...events });
  const intakes = hostInThreads(
    { engine, spool: location, logLevel: configuration.logLevel },
    { onLast: notice, onLine: putLine, onSocketShutDown, onFailure },
  );
  // Only now: a thread begins with the priority of the one that starts it, and the intake's must stay as it is.
  const refused = lowerPriority(configuration.dispatchNice);
  lowerEngineThreads(configuration.dispatchNice);
  if (refused !== undefined) log.warn({ reason: refused }, 'cannot lower the priority of dispatch (dispatch_nice)');
  return {
    spool,
    intakes,
    async close() {
      await intakes.close();
      await spool.close();
    },
  };
}

/** What the daemon logs of its spool. */
function spoolLog(log: Logger): Omit<SpoolEvents, 'onDiscard'> {
  return {
    onDamaged: (first, count) => log.error({ first, count }, 'skipped damaged entries of the spool'),
    onAbsence(reason) {
      if (reason === undefined) log.info('the spool is available again; accepting requests');
      else log.fatal({ reason }, 'the spool was removed or replaced; refusing new requests');
    },
    onSalvaged: (path, salvaged) =>
      log.error({ path, ...salvaged }, 'copied the readable part of the damaged spool to the new one'),
    onMovedAside: (path, reason) =>
      log.error({ path, reason }, 'the spool was damaged; moved it aside and created a new one'),
  };
}
