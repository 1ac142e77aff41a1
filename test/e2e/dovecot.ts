/**
 * A real Dovecot, 2.3 or 2.4. The scripts that install, run and drive 2.3 are not part of this repository: the environment
 * variable DOVECOT_PEER names their directory (run-dovecot.sh, drive.py). NEW_DEBIAN names the root directory of a Debian
 * 13, which has 2.4 (`.ci/new-debian`); it is played by the same driver.
 */
import { existsSync } from 'node:fs';
import { chown, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { writeConfiguration24 } from './dovecot-24.ts';
import { type Ending, runSuccessfully } from './run-program.ts';
import { type Defer, makeWorkspace, root as repository } from './workspace.ts';

/** A Dovecot that may be there to be run. */
export interface DovecotRelease {
  readonly name: '2.3' | '2.4';
  /** Root directory of the system that it is installed in; empty for the machine's own. */
  readonly root: string;
  /** Why it cannot be run here; undefined when it can. */
  readonly missing: string | undefined;
}

const scripts = process.env['DOVECOT_PEER'] ?? '';
const newDebian = process.env['NEW_DEBIAN'] ?? '';

function missingIn(root: string): string | undefined {
  if (scripts === '') return 'DOVECOT_PEER does not name the directory of the scripts that run a Dovecot';
  if (!existsSync(join(scripts, 'run-dovecot.sh'))) return `there is no run-dovecot.sh in DOVECOT_PEER (${scripts})`;
  if (process.getuid?.() !== 0) return 'only root can run a Dovecot: its processes change to the user mail';
  for (const program of ['/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp']) {
    if (!existsSync(join(root, program))) return `Dovecot is not installed: there is no ${join(root, program)}`;
  }
  return undefined;
}

export const dovecot23: DovecotRelease = { name: '2.3', root: '', missing: missingIn('') };

export const dovecot24: DovecotRelease = {
  name: '2.4',
  root: newDebian,
  missing: newDebian === '' ? 'NEW_DEBIAN does not name the root directory of a Debian 13' : missingIn(newDebian),
};

/** A directory that processes of this Dovecot can reach. */
export function dovecotWorkspace({ root }: DovecotRelease, defer: Defer): Promise<string> {
  return makeWorkspace(defer, join(root, '/var/tmp'));
}

export type Driver = 'ox' | 'lua' | 'dlog';

/** The users of the driver. */
const users = ['alice', 'bobby', 'carol'] as const;

/** The user and group mail of Debian (base-passwd). */
export const mailUser = 8;

export interface DovecotSettings {
  /** Default: 2.3. */
  readonly release?: DovecotRelease;
  /** Directory of its own, in a `dovecotWorkspace`. */
  readonly state: string;
  /** In the order in which Dovecot calls them; `lua` is our belfry.lua. */
  readonly drivers: readonly Driver[];
  /** Where belfry listens: `http://127.0.0.1:8090`. */
  readonly belfryUrl: string;
  /** Of belfry.lua, beside its URL. */
  readonly lua?: Readonly<Record<string, string>>;
}

export interface Dovecot {
  readonly lmtpPort: number;
  readonly imapPort: number;
  /** Plays all there is to play: each of the twelve events. */
  drive(): Promise<Ending>;
  stop(): Promise<void>;
  /** The lines of its log that hold one of these words. */
  logged(...words: readonly string[]): Promise<readonly string[]>;
}

/** Starts a fresh Dovecot with the users alice, bobby and carol, password `test`. */
export async function startDovecot(settings: DovecotSettings, defer: Defer): Promise<Dovecot> {
  const { release = dovecot23, state, drivers, belfryUrl, lua = {} } = settings;
  const script = join(state, 'bin', 'belfry.lua');
  await mkdir(join(state, 'bin'), { recursive: true });
  await copyFile(join(repository, 'config', 'dovecot', 'belfry.lua'), script);
  const ports = await freePorts(['IMAP_PORT', 'LMTP_PORT']);
  const options = { belfry_url: `${belfryUrl}/dovecot`, belfry_server: 'imap.example.org', ...lua };
  const oxUrl = `${belfryUrl}/preliminary/http-notify/v1/notify`;
  const parts: Parts = { ...settings, release, ports, options, oxUrl, script };
  const { prepare, run } = release.name === '2.4' ? control24(parts) : control23(parts);
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await run('stop');
  };
  await prepare();
  defer(stop);
  await run('start');
  // The OX driver sends nothing for a user who has not asked for it.
  if (drivers.includes('ox')) for (const user of users) await run('meta', user);
  return {
    lmtpPort: Number(ports.LMTP_PORT),
    imapPort: Number(ports.IMAP_PORT),
    drive: () =>
      runSuccessfully('python3', [join(scripts, 'drive.py'), 'run'], {
        env: { ...ports, DOVELAB: state },
        deadlineMs: 600_000,
      }),
    stop,
    async logged(...words) {
      const log = await readFile(join(state, 'log', 'dovecot.log'), 'utf8').catch(() => '');
      return log.split('\n').filter((line) => words.some((word) => line.includes(word)));
    },
  };
}

interface Parts extends DovecotSettings {
  readonly release: DovecotRelease;
  readonly ports: Readonly<Record<'IMAP_PORT' | 'LMTP_PORT', string>>;
  /** Of belfry.lua. */
  readonly options: Readonly<Record<string, string>>;
  readonly oxUrl: string;
  readonly script: string;
}

interface Control {
  prepare(): Promise<void>;
  run(word: 'start' | 'stop' | 'meta', ...user: readonly string[]): Promise<Ending>;
}

// Its processes keep the standard output that they are started with, so it must not be a pipe that we wait for. What it
// says is printed when it fails.
const quietly = '"$@" >"$OUTPUT" 2>&1 </dev/null || { status=$?; cat "$OUTPUT" >&2; exit "$status"; }';

function control23({ state, drivers, ports, options, oxUrl, script }: Parts): Control {
  const env = {
    ...ports,
    DOVELAB: state,
    DRIVERS: drivers.join(' '),
    OX_OPTS: 'timeout_msecs=60000',
    OX_URL: oxUrl,
    LUA_SCRIPT: script,
    EXTRA_PLUGIN: Object.entries(options)
      .map(([name, value]) => `  ${name} = ${value}\n`)
      .join(''),
    OUTPUT: join(state, 'script.log'),
  };
  return {
    prepare: async () => {},
    run: (word, ...user) =>
      runSuccessfully('/bin/sh', ['-c', quietly, 'sh', join(scripts, 'run-dovecot.sh'), word, ...user], {
        env,
        deadlineMs: 300_000,
      }),
  };
}

function control24({ release: { root }, state, drivers, ports, options, oxUrl, script }: Parts): Control {
  const within = (path: string): string => path.slice(root.length);
  const configuration = join(state, 'dovecot.conf');
  const inside = (...words: readonly string[]): Promise<Ending> =>
    runSuccessfully('/bin/sh', ['-c', quietly, 'sh', 'chroot', root, ...words], {
      env: { OUTPUT: join(state, 'script.log') },
      deadlineMs: 300_000,
    });
  const named = ['-c', within(configuration)];
  const note = '/private/vendor/vendor.dovecot/http-notify';
  return {
    async prepare() {
      for (const name of ['run', 'log', 'mail']) await mkdir(join(state, name));
      for (const name of ['log', 'mail']) await chown(join(state, name), mailUser, mailUser);
      const settings = { state: within(state), drivers, ports, options, oxUrl, script: within(script) };
      await writeConfiguration24(configuration, settings);
    },
    run(word, ...[user = '']) {
      if (word === 'start') return inside('/usr/sbin/dovecot', ...named);
      if (word === 'stop') return inside('/usr/bin/doveadm', ...named, 'stop');
      const words = ['mailbox', 'metadata', 'set', '-u', user, '-s', '', note, `user=${user}`];
      return inside('/usr/bin/doveadm', ...named, ...words);
    },
  };
}
