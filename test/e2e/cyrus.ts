/**
 * A real Cyrus IMAP. The scripts that install, run and drive it are not part of this repository: the environment
 * variable CYRUS_PEER names their directory (run-cyrus.sh, drive.py).
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { type Ending, runSuccessfully } from './run-program.ts';
import type { Defer } from './workspace.ts';

const scripts = process.env['CYRUS_PEER'] ?? '';

/** Why there can be no real Cyrus here; undefined when there can. */
export function cyrusIsMissing(): string | undefined {
  if (scripts === '') return 'CYRUS_PEER does not name the directory of the scripts that run a Cyrus IMAP';
  if (!existsSync(join(scripts, 'run-cyrus.sh'))) return `there is no run-cyrus.sh in CYRUS_PEER (${scripts})`;
  if (process.getuid?.() !== 0) return 'only root can run a Cyrus IMAP: its master changes to the user cyrus';
  if (!existsSync('/usr/lib/cyrus/bin/master')) return 'Cyrus IMAP is not installed';
  return undefined;
}

/** The mail system's every method, so that the default notifiers of belfry get whatever Cyrus sends. */
const methods = {
  EVENT_NOTIFIER: 'default',
  MAILNOTIFIER: 'default',
  SIEVENOTIFIER: 'default',
  IMIPNOTIFIER: 'default',
};

export interface Cyrus {
  /** Of master. */
  readonly pid: number;
  /** Plays scenarios of the driver, and resolves when they are over. */
  drive(scenarios: readonly string[]): Promise<Ending>;
  /** Takes the services that were added out of cyrus.conf, and lets master read it again. */
  dropServices(): Promise<void>;
  /** Stops all its processes: from then on it sends nothing more. */
  stop(): Promise<void>;
  /** What it has said about its notify socket; empty when its syslog could not be had. */
  complaints(): Promise<readonly string[]>;
}

export interface CyrusSettings {
  /** Directory of its own; the socket may be in it. */
  readonly state: string;
  readonly notifySocket: string;
  /** Further settings of run-cyrus.sh. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further lines for SERVICES of cyrus.conf. */
  readonly services?: readonly string[];
}

/**
 * Starts a fresh Cyrus with the users john and jane; `notifySocket` must be bound already, unless Cyrus itself runs who
 * does that.
 */
export async function startCyrus(settings: CyrusSettings, defer: Defer): Promise<Cyrus> {
  const { state, notifySocket, env = {}, services = [] } = settings;
  const environment = {
    ...methods,
    ...(await freePorts(['IMAP_PORT', 'POP3_PORT', 'HTTP_PORT', 'SIEVE_PORT', 'LMTP_PORT'])),
    ...env,
    STATE: state,
    NOTIFYSOCKET: notifySocket,
  };
  const script = (word: string): Promise<Ending> =>
    runSuccessfully(join(scripts, 'run-cyrus.sh'), [word], { env: environment, deadlineMs: 300_000 });
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await script('stop');
  };
  await script('config');
  const master = join(state, 'cyrus.conf');
  const configured = await readFile(master, 'utf8');
  await writeFile(master, configured.replace('SERVICES {', ['SERVICES {', ...services].join('\n')));
  defer(stop);
  await script('start');
  await script('users');
  const pid = Number(await readFile(join(state, 'master.pid'), 'utf8'));
  return {
    pid,
    drive: (scenarios) =>
      runSuccessfully('python3', [join(scripts, 'drive.py'), ...scenarios], {
        env: environment,
        deadlineMs: 600_000,
      }),
    async dropServices() {
      await writeFile(master, configured);
      process.kill(pid, 'SIGHUP');
    },
    stop,
    complaints: async () => {
      const syslog = await readFile(join(state, 'syslog.log'), 'utf8').catch(() => '');
      return syslog.split('\n').filter((line) => line.includes('NOTIFY('));
    },
  };
}
