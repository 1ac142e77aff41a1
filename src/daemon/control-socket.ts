/** Opens the socket on which a running daemon takes the commands of its administrator. */
import type { Logger } from 'pino';
import { type ControlServer, openControlServer } from '../admin/control-server.ts';
import { runCommand } from '../admin/run-command.ts';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { Spool } from '../spool/spool.ts';
import { adminContext } from './admin-context.ts';
import type { Generation } from './generation.ts';
import { watchSocket } from './socket-watch.ts';

/** The parts of a daemon. A reload exchanges some, so they are asked for each time. */
export interface DaemonParts {
  readonly log: Logger;
  readonly spool: Spool;
  generation(): Generation;
  dispatch(): Dispatch;
}

/**
 * Opens the control socket. Another daemon on it is an error, SOCKET_IN_USE, because two must not share a directory.
 * Where it cannot be made for another reason, that is logged and undefined is answered: events come first.
 */
export async function openControl(path: string, parts: DaemonParts): Promise<ControlServer | undefined> {
  const { log, spool, generation, dispatch } = parts;
  const tools = adminContext({
    spool,
    configuration: () => generation().configuration,
    examiner: () => generation().examiner,
    route: (notifier, entry) =>
      generation()
        .recipients.find(({ name }) => name === notifier)
        ?.route(entry),
    standings: () => dispatch().states(),
    pause: (notifier, act) => dispatch().pause(notifier, act),
  });
  const open = (): Promise<ControlServer> =>
    openControlServer({
      path,
      runCommand(request) {
        const { command } = request;
        if (command === 'retry' || command === 'drop' || command === 'replay')
          log.info({ request }, 'administrator command');
        return runCommand(tools, request);
      },
      onBug: (err) => log.error({ err }, 'a command on the control socket failed: this is a bug'),
    });
  try {
    return watched(path, await open(), open, log);
  } catch (thrown) {
    if (thrown instanceof BelfryError && thrown.code === 'SOCKET_IN_USE') throw thrown;
    const reason = messageOf(thrown);
    log.error(
      { reason, control: path },
      'cannot open the control socket; belfry queue, dead and replay cannot reach this daemon',
    );
    return undefined;
  }
}

/** The same server; opened again when its file was removed. */
function watched(path: string, first: ControlServer, open: () => Promise<ControlServer>, log: Logger): ControlServer {
  let server = first;
  let isClosed = false;
  const reopen = async (): Promise<boolean> => {
    const lost = server;
    server = await open();
    await (isClosed ? server : lost).close();
    return !isClosed;
  };
  const watch = watchSocket(path, { control: path }, log, reopen);
  return {
    close() {
      isClosed = true;
      watch?.close();
      return server.close();
    },
  };
}
