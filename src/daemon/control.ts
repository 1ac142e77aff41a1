/** What `belfry queue` and its like work with: a running daemon behind its control socket, or the spool of a stopped one. */
import { statSync } from 'node:fs';
import { type ControlServer, openControlServer } from '../admin/control-server.ts';
import { guarded } from '../admin/guarded.ts';
import { perform } from '../admin/perform.ts';
import type { AdminTools } from '../admin/tools.ts';
import { BelfryError, messageOf } from '../base/error.ts';
import type { Entry } from '../base/request.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { setAsideName } from '../dispatch/set-aside.ts';
import { createExaminer, type Examiner } from '../examine/examiner.ts';
import type { Route, Unusable } from '../examine/route.ts';
import type { DaemonLog } from '../log/daemon-log.ts';
import { openLmdbSpool } from '../spool/lmdb/lmdb-spool.ts';
import type { Spool } from '../spool/spool.ts';
import { compileRules, type Generation } from './generation.ts';

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
  const tools = guarded(liveTools(parts));
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
    about: (entry) => generation().examiner.about(entry),
    lane(notifier, entry) {
      const { recipients, examiner } = generation();
      if (notifier === setAsideName) return laneSetAside(examiner, entry);
      return laneOf(recipients.find(({ name }) => name === notifier)?.route(entry));
    },
    notifiers: () => known(generation().configuration),
    standings: () => dispatch().states(),
    pause: (notifier, act) => dispatch().pause(notifier, act),
  };
}

/** Built-in ones that default_notifiers names count as configured. */
function known({ notifiers, builtIns, defaultNotifiers }: Configuration): ReturnType<AdminTools['notifiers']> {
  const isUsed = ({ name }: { readonly name: string }): boolean => defaultNotifiers.includes(name);
  return [
    ...notifiers.map(({ name }) => ({ name, builtIn: false })),
    ...builtIns.map((one) => ({ name: one.name, builtIn: !isUsed(one) })),
  ];
}

function laneOf(route: Route | Unusable | undefined): string | undefined {
  return route?.kind === 'deliver' ? route.lane : undefined;
}

function laneSetAside({ flaw }: Pick<Examiner, 'flaw'>, entry: Entry): string | undefined {
  return flaw(entry) === undefined ? undefined : `#${entry.position}`;
}

/** The spool of a stopped daemon. */
export interface StoppedSpool {
  readonly tools: AdminTools;
  close(): Promise<void>;
}

/**
 * Opens what a stopped daemon has left, for commands that find none running. `warn` is told what is wrong with it. Throws
 * BelfryError SOCKET_ABSENT with the remedy when there is nothing, SPOOL_LOCKED when a daemon runs after all, SPOOL_OPEN.
 */
export async function openStoppedSpool(
  configuration: Configuration,
  warn: (text: string) => void,
): Promise<StoppedSpool> {
  const { controlSocket, spool: settings } = configuration;
  const { engine, directory, maxBytes, retentionMs } = settings;
  const remedy = 'start it (belfry serve), or name the configuration that it runs with (-C)';
  if (engine === 'memory') {
    const why = 'its spool is in memory: there is nothing to show when it does not run';
    throw new BelfryError('SOCKET_ABSENT', `no daemon answers on ${controlSocket}, and ${why}; ${remedy}`);
  }
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new BelfryError(
      'SOCKET_ABSENT',
      `no daemon answers on ${controlSocket}, nor is there ${directory}; ${remedy}`,
    );
  }
  // What root made there, the daemon could not open any more.
  if (process.geteuid?.() === 0 && found.uid !== 0) {
    process.setegid?.(found.gid);
    process.seteuid?.(found.uid);
  }
  const rules = await compileRules(configuration).catch((thrown: unknown) => {
    if (!(thrown instanceof BelfryError && thrown.code === 'SCHEMA')) throw thrown;
    // They only say of an event what it is: what is in the spool can be shown and dropped without them.
    warn(`belfry: ${thrown.message}: going by its own schemas\n`);
    const { schemaDirectory: _, ...rest } = configuration;
    return compileRules(rest);
  });
  const spool = await openLmdbSpool({
    ...{ directory, maxBytes, retentionMs, now: Date.now, random: Math.random },
    onDiscard: ({ consumer, count }) => warn(`${count} dead letters of ${consumer} are discarded for want of room\n`),
    onDamaged: (_, number) => warn(`${number} entries of the spool are damaged and passed over\n`),
    onSalvaged: (_, { requests, deferred, dead }) =>
      warn(
        `of it ${requests} requests, ${deferred} deferred entries and ${dead} dead letters could be read, and are in the new one\n`,
      ),
    onMovedAside: (path, reason) => warn(`the spool was damaged (${reason}) and is moved to ${path}\n`),
  });
  const examiner = createExaminer(rules.parts, spool.notes.condemned);
  const tools: AdminTools = {
    spool,
    now: Date.now,
    about: examiner.about,
    lane(notifier, entry) {
      if (notifier === setAsideName) return laneSetAside(examiner, entry);
      const chooser = rules.choosers.find(({ name }) => name === notifier);
      return chooser && laneOf(examiner.route(entry, chooser));
    },
    notifiers: () => known(configuration),
    standings: () => new Map(),
    pause: (_, act) => act({ underWay: new Set(), probe() {} }),
  };
  return { tools: guarded(tools), close: () => spool.close() };
}
