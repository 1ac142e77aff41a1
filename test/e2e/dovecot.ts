/**
 * A real Dovecot 2.3. The scripts that install, run and drive it are not part of this repository: the environment
 * variable DOVECOT_PEER names their directory (run-dovecot.sh, drive.py).
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../support/free-ports.ts';
import { type Ending, runSuccessfully } from './run-program.ts';
import { type Defer, root } from './workspace.ts';

const scripts = process.env['DOVECOT_PEER'] ?? '';

/** Why there can be no real Dovecot here; undefined when there can. */
export function dovecotIsMissing(): string | undefined {
  if (scripts === '') return 'DOVECOT_PEER does not name the directory of the scripts that run a Dovecot';
  if (!existsSync(join(scripts, 'run-dovecot.sh'))) return `there is no run-dovecot.sh in DOVECOT_PEER (${scripts})`;
  if (process.getuid?.() !== 0) return 'only root can run a Dovecot: its processes change to the user mail';
  for (const program of ['/usr/sbin/dovecot', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp']) {
    if (!existsSync(program)) return `Dovecot is not installed: there is no ${program}`;
  }
  return undefined;
}

export type Driver = 'ox' | 'lua' | 'dlog';

/** Those whom the driver plays with. */
const users = ['alice', 'bobby', 'carol'] as const;

export interface DovecotSettings {
  /** Directory of its own, in one that the user mail can reach. */
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
  const { state, drivers, belfryUrl, lua = {} } = settings;
  const script = join(state, 'bin', 'belfry.lua');
  await mkdir(join(state, 'bin'), { recursive: true });
  await copyFile(join(root, 'config', 'dovecot', 'belfry.lua'), script);
  const ports = await freePorts(['IMAP_PORT', 'LMTP_PORT']);
  const options = { belfry_url: `${belfryUrl}/dovecot`, belfry_server: 'imap.example.org', ...lua };
  const env = {
    ...ports,
    DOVELAB: state,
    DRIVERS: drivers.join(' '),
    OX_OPTS: 'timeout_msecs=60000',
    OX_URL: `${belfryUrl}/preliminary/http-notify/v1/notify`,
    LUA_SCRIPT: script,
    EXTRA_PLUGIN: Object.entries(options)
      .map(([name, value]) => `  ${name} = ${value}\n`)
      .join(''),
  };
  // Its processes keep the standard output that they are started with, so it must not be a pipe that we wait for.
  const quietly = 'exec "$@" >"$OUTPUT" 2>&1 </dev/null';
  const run = (...words: readonly string[]): Promise<Ending> =>
    runSuccessfully('/bin/sh', ['-c', quietly, 'sh', join(scripts, 'run-dovecot.sh'), ...words], {
      env: { ...env, OUTPUT: join(state, 'script.log') },
      deadlineMs: 300_000,
    });
  let running = true;
  const stop = async (): Promise<void> => {
    if (!running) return;
    running = false;
    await run('stop');
  };
  defer(stop);
  await run('start');
  // The OX driver sends nothing for a user who has not asked for it.
  if (drivers.includes('ox')) for (const user of users) await run('meta', user);
  return {
    lmtpPort: Number(ports.LMTP_PORT),
    imapPort: Number(ports.IMAP_PORT),
    drive: () => runSuccessfully('python3', [join(scripts, 'drive.py'), 'run'], { env, deadlineMs: 600_000 }),
    stop,
    async logged(...words) {
      const log = await readFile(join(state, 'log', 'dovecot.log'), 'utf8').catch(() => '');
      return log.split('\n').filter((line) => words.some((word) => line.includes(word)));
    },
  };
}
