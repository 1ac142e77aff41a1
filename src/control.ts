/** What `belfry queue` and its like work with: a running daemon behind its control socket, or the spool of a stopped one. */
import { type ControlServer, openControlServer } from './admin/control-server.ts';
import { perform } from './admin/perform.ts';
import type { AdminTools } from './admin/tools.ts';
import type { Configuration } from './config/configuration.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import { BelfryError, messageOf } from './error.ts';
import type { Generation } from './generation.ts';
import type { DaemonLog } from './log/daemon-log.ts';
import type { Spool } from './spool/spool.ts';

/** The parts of a daemon. A reload exchanges some, so they are asked for each time. */
export interface DaemonParts {
  readonly log: DaemonLog['log'];
  readonly spool: Spool;
  generation(): Generation;
  dispatch(): Dispatch;
}

/**
 * Opens the control socket. Another daemon on it is an error, SOCKET_IN_USE, because two must not share a directory.
 * Where it cannot be made for another reason, that is logged and undefined is answered: events come first.
 */
export async function openControl(path: string, parts: DaemonParts): Promise<ControlServer | undefined> {
  const { log } = parts;
  const tools = liveTools(parts);
  try {
    return await openControlServer({
      path,
      perform(request) {
        const { command } = request;
        if (command === 'retry' || command === 'drop' || command === 'replay') log.info({ request }, 'told to');
        return perform(tools, request);
      },
      onDefect: (err) => log.error({ err }, 'a command on the control socket failed, which is a defect'),
    });
  } catch (thrown) {
    if (thrown instanceof BelfryError && thrown.code === 'SOCKET_IN_USE') throw thrown;
    const reason = messageOf(thrown);
    log.error({ reason, control: path }, 'no control socket: belfry queue, dead and replay do not reach this daemon');
    return undefined;
  }
}

function liveTools({ spool, generation, dispatch }: DaemonParts): AdminTools {
  return {
    spool,
    now: Date.now,
    about: (entry) => generation().about(entry),
    lane(notifier, entry) {
      const route = generation()
        .recipients.find(({ name }) => name === notifier)
        ?.route(entry);
      return route?.kind === 'deliver' ? route.lane : undefined;
    },
    standings: () => dispatch().states(),
    isFinished: (notifier, position) => dispatch().isFinished(notifier, position),
    pause: (notifier, act) => dispatch().pause(notifier, act),
  };
}

/**
 * Opens what a stopped daemon has left, for commands that find no daemon. The spool is in memory so far, so there is
 * nothing: throws BelfryError SOCKET_ABSENT with the remedy.
 */
export async function openStoppedSpool({ controlSocket }: Configuration): Promise<StoppedSpool> {
  throw new BelfryError(
    'SOCKET_ABSENT',
    `no daemon answers on ${controlSocket}, and its log is in memory: there is nothing to show when it does not run. ` +
      'Start it (belfry serve), or name the configuration that it runs with (-C)',
  );
}

/** The spool of a stopped daemon. */
export interface StoppedSpool {
  readonly tools: AdminTools;
  close(): Promise<void>;
}
