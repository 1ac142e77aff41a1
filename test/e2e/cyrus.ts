/**
 * A real Cyrus IMAP. The scripts that install, run and drive it are not part of this repository: the environment
 * variable CYRUS_PEER names their directory (run-cyrus.sh, drive.py). NEW_DEBIAN names the root directory of a Debian 13,
 * which has Cyrus 3.10 and the same scripts in /lab/cyrus (`.ci/new-debian`).
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { type Ending, runSuccessfully } from './run-program.ts';
import { type Defer, makeWorkspace } from './workspace.ts';

/** A Cyrus that may be there to be run. */
export interface CyrusRelease {
  /** Such as `3.6`. */
  readonly name: string;
  /** Root directory of the system that it is installed in; empty for the machine's own. */
  readonly root: string;
  /** Where the scripts are within that root. */
  readonly scripts: string;
  /** The driver's programs, each of which is asked to play `all` it knows. */
  readonly drivers: readonly string[];
  /** Why it cannot be run here; undefined when it can. */
  readonly missing: string | undefined;
}

const ownScripts = process.env['CYRUS_PEER'] ?? '';
const newDebian = process.env['NEW_DEBIAN'] ?? '';

function missingIn(root: string, scripts: string, variable: string): string | undefined {
  if (root === '' && scripts === '') return `${variable} does not say where there is a Cyrus IMAP`;
  if (!existsSync(join(root, scripts, 'run-cyrus.sh'))) return `there is no run-cyrus.sh in ${join(root, scripts)}`;
  if (process.getuid?.() !== 0) return 'only root can run a Cyrus IMAP: its master changes to the user cyrus';
  if (!existsSync(join(root, '/usr/lib/cyrus/bin/master'))) return 'Cyrus IMAP is not installed';
  return undefined;
}

export const cyrus36: CyrusRelease = {
  name: '3.6',
  root: '',
  scripts: ownScripts,
  drivers: ['drive.py'],
  missing: missingIn('', ownScripts, 'CYRUS_PEER'),
};

export const cyrus310: CyrusRelease = {
  name: '3.10',
  root: newDebian,
  scripts: '/lab/cyrus',
  drivers: ['drive.py', 'drive310.py'],
  missing:
    newDebian === ''
      ? 'NEW_DEBIAN does not name the root directory of a Debian 13'
      : missingIn(newDebian, '/lab/cyrus', 'NEW_DEBIAN'),
};

/** Why there can be no real Cyrus 3.6 here; undefined when there can. */
export function cyrusIsMissing(): string | undefined {
  return cyrus36.missing;
}

/** A directory that processes of this Cyrus can reach; the socket that they write to may be in it. */
export function cyrusWorkspace({ root }: CyrusRelease, defer: Defer): Promise<string> {
  return makeWorkspace(defer, join(root, '/var/tmp'));
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
  /** Plays scenarios of the first driver, and resolves when they are over. */
  drive(scenarios: readonly string[]): Promise<Ending>;
  /** Plays all scenarios that the drivers of this release know, but for some. */
  driveAll(except?: readonly string[]): Promise<void>;
  /** Takes the services that were added out of cyrus.conf, and lets master read it again. */
  dropServices(): Promise<void>;
  /** Stops all its processes: from then on it sends nothing more. */
  stop(): Promise<void>;
  /** What it has said about its notify socket; empty when its syslog could not be had. */
  complaints(): Promise<readonly string[]>;
}

export interface CyrusSettings {
  /** Directory of its own in a `cyrusWorkspace`; the socket may be in it. */
  readonly state: string;
  /** A path, or `dlist:` and a path. */
  readonly notifySocket: string;
  /** Default: 3.6. */
  readonly release?: CyrusRelease;
  /** Further settings of run-cyrus.sh. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further lines for imapd.conf. One for an option that the script has written stands in the place of that. */
  readonly imapdConf?: string;
  /** Further lines for SERVICES of cyrus.conf. */
  readonly services?: readonly string[];
}

/**
 * Starts a fresh Cyrus with the users john and jane; `notifySocket` must be bound already, unless Cyrus itself runs who
 * does that.
 */
export async function startCyrus(settings: CyrusSettings, defer: Defer): Promise<Cyrus> {
  const { state, notifySocket, release = cyrus36, env = {}, services = [], imapdConf = '' } = settings;
  const { root, scripts, drivers } = release;
  const environment = {
    ...methods,
    ...(await freePorts(['IMAP_PORT', 'POP3_PORT', 'HTTP_PORT', 'SIEVE_PORT', 'LMTP_PORT'])),
    ...env,
    // Where another IMAP server is installed, the script keeps its copy of imapd there.
    DEB: '/var/tmp/belfry-cyrus-deb',
    STATE: state.slice(root.length),
    NOTIFYSOCKET: notifySocket.replace(root, ''),
  };
  const run = (program: string, words: readonly string[], deadlineMs: number): Promise<Ending> => {
    if (root === '') return runSuccessfully(program, words, { env: environment, deadlineMs });
    const settled = Object.entries({ ...plainEnvironment, ...environment }).map(([name, value]) => `${name}=${value}`);
    return runSuccessfully('chroot', [root, '/usr/bin/env', '-i', ...settled, program, ...words], { deadlineMs });
  };
  const script = (word: string): Promise<Ending> => run(join(scripts, 'run-cyrus.sh'), [word], 300_000);
  const drive = (driver: string, scenarios: readonly string[]): Promise<Ending> =>
    run('python3', [join(scripts, driver), ...scenarios], 600_000);
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await script('stop');
  };
  await script('config');
  await putIn(join(state, 'imapd.conf'), imapdConf);
  const master = join(state, 'cyrus.conf');
  const configured = await readFile(master, 'utf8');
  await writeFile(master, configured.replace('SERVICES {', ['SERVICES {', ...services].join('\n')));
  defer(stop);
  await script('start');
  await script('users');
  const pid = Number(await readFile(join(state, 'master.pid'), 'utf8'));
  return {
    pid,
    drive: (scenarios) => drive('drive.py', scenarios),
    async driveAll(except = []) {
      for (const driver of drivers) {
        const { stdout } = await drive(driver, ['list']);
        await drive(
          driver,
          stdout
            .trim()
            .split(' ')
            .filter((scenario) => !except.includes(scenario)),
        );
      }
    },
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

/** Cyrus does not start with an option that is there twice. */
async function putIn(file: string, lines: string): Promise<void> {
  const nameOf = (line: string): string => line.split(':', 1)[0] ?? '';
  const given = new Set(lines.split('\n').map(nameOf));
  const written = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, `${written.filter((line) => line === '' || !given.has(nameOf(line))).join('\n')}${lines}`);
}

/** What a program in another root gets in place of our own environment. */
const plainEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
};
