/** Finds out what `belfry init` would otherwise have to ask: the mail servers, their sockets, users and groups, and where belfry may write. */
import { accessSync, constants, existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ifPossible } from '../base/error.ts';
import { maxSocketPathBytes } from '../base/limits.ts';
import { groupName } from '../os/group.ts';
import { systemUser } from '../os/user.ts';
import type { DoctorContext } from './context.ts';
import { type CyrusService, cyrusServices } from './cyrus-conf.ts';
import { cyrusIdentity, cyrusUserName } from './cyrus-user.ts';
import { driversOf, pluginsOf } from './dovecot-plugins.ts';

/** What was found of Cyrus. */
export interface FoundCyrus {
  readonly imapdConf: string;
  readonly cyrusConf: string;
  readonly user: string;
  /** Absent where there is no such user. */
  readonly group?: string | undefined;
  /** The options that concern belfry, as they are written. */
  readonly options: ReadonlyMap<string, { readonly value: string; readonly file: string; readonly line: number }>;
  /** Where it sends to now, with `dlist:` in front for a stream. */
  readonly socket: string;
  /** The services that start notifyd. */
  readonly notifyd: readonly CyrusService[];
}

export interface FoundDovecot {
  readonly file: string;
  readonly isNew: boolean;
  /** The protocols with a value of mail_plugins of their own, which in 2.3 replaces the general one. */
  readonly protocols: readonly string[];
  /** Whether it has a driver already. */
  readonly hasDriver: boolean;
}

export interface Found {
  readonly cyrus?: FoundCyrus | undefined;
  readonly dovecot?: FoundDovecot | undefined;
  readonly servername: string;
  /** Whether the Debian package has made the user belfry, and systemd holds the socket /run/belfry/notify. */
  readonly isPackaged: boolean;
  /** Who is to run belfry: the user of the package, else that of Cyrus; and whether there is such a user. */
  readonly user: { readonly name: string; readonly exists: boolean };
  /** Directory of the state of belfry. */
  readonly directory: string;
  /** Directory of log files; absent where there is none to write to. */
  readonly logDirectory?: string | undefined;
  /** The belfry.lua of this installation. */
  readonly luaScript: string;
}

const packagedScript = '/usr/share/belfry/dovecot/belfry.lua';
const ownScript = new URL('../../config/dovecot/belfry.lua', import.meta.url).pathname;

export function findInstallation(
  servers: Pick<DoctorContext, 'imapd' | 'master' | 'dovecot'>,
  wanted: { readonly cyrus: boolean; readonly dovecot: boolean },
): Found {
  const all = !wanted.cyrus && !wanted.dovecot;
  const cyrus = all || wanted.cyrus ? foundCyrus(servers, wanted.cyrus) : undefined;
  const dovecot = all || wanted.dovecot ? foundDovecot(servers, wanted.dovecot) : undefined;
  const isThere = (name: string): boolean => ifPossible(() => systemUser(name)) !== undefined;
  const isPackaged = isThere('belfry') && existsSync('/var/lib/belfry');
  const user = cyrus === undefined || isPackaged ? 'belfry' : cyrus.user;
  const directory = ['/var/lib/belfry'].find(canBeMade) ?? resolve('run');
  return {
    cyrus,
    dovecot,
    servername: cyrus?.options.get('servername')?.value ?? hostname(),
    isPackaged,
    user: { name: user, exists: isThere(user) },
    directory,
    logDirectory: existsSync('/var/log/belfry') ? '/var/log/belfry' : undefined,
    luaScript: existsSync(packagedScript) ? packagedScript : ownScript,
  };
}

/** Whether the directory is there and may be written, or may be made. */
function canBeMade(directory: string): boolean {
  let there = directory;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  return ifPossible(() => accessSync(there, constants.W_OK | constants.X_OK) === undefined) ?? false;
}

function foundCyrus(
  { imapd, master }: Pick<DoctorContext, 'imapd' | 'master'>,
  isWanted: boolean,
): FoundCyrus | undefined {
  if (imapd.state === 'absent' && !isWanted) return undefined;
  const settings = imapd.state === 'read' ? imapd.value.settings : [];
  const options = new Map(settings.map(({ name, value, file, line }) => [name, { value, file, line }]));
  const directory = options.get('configdirectory')?.value ?? '/var/lib/cyrus';
  const written = options.get('notifysocket')?.value;
  const socket = (written ?? '{configdirectory}/socket/notify').replace(
    /^(dlist:)?\{configdirectory\}/i,
    `$1${directory}`,
  );
  const services = master.state === 'read' ? cyrusServices(master.value) : [];
  const identity = imapd.state === 'absent' ? undefined : cyrusIdentity({ imapd });
  const [gid] = identity?.gids ?? [];
  return {
    imapdConf: imapd.file,
    cyrusConf: master.file,
    user: cyrusUserName(imapd),
    group: gid === undefined ? undefined : groupName(gid),
    options,
    socket,
    notifyd: services.filter(({ attributes }) => /(?:^|\/)notifyd(?: |$)/.test(attributes['cmd'] ?? '')),
  };
}

function foundDovecot({ dovecot }: Pick<DoctorContext, 'dovecot'>, isWanted: boolean): FoundDovecot | undefined {
  const { file } = dovecot;
  if (dovecot.state !== 'read') {
    return isWanted || dovecot.state === 'unreadable'
      ? { file, isNew: true, protocols: [], hasDriver: false }
      : undefined;
  }
  const { value } = dovecot;
  const own = pluginsOf(value).filter(({ setting }) => setting?.blocks[0]?.startsWith('protocol '));
  return {
    file,
    isNew: value.isNew,
    protocols: value.isNew ? [] : own.map(({ protocol }) => protocol),
    hasDriver: driversOf(value).length > 0,
  };
}

/** Whether belfry can open it: a path of a socket in a directory that is there, or that its service makes in /run. */
export function isUsableSocket(name: string): boolean {
  const path = name.replace(/^dlist:/, '');
  return (
    path.startsWith('/') &&
    Buffer.byteLength(path) <= maxSocketPathBytes &&
    (existsSync(dirname(path)) || path.startsWith('/run/'))
  );
}
