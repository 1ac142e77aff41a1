/** Where to receive: the options notifysocket, notifysocket_mode and notifysocket_group together. */
import { maxSocketPathBytes } from '../base/limits.ts';
import { type DlistDefaults, defaultDlistMaxBytes, type dlistOptions } from '../intake/dlist/dlist-kind.ts';
import type { OptionValues } from '../option/option.ts';
import { error, type Problem, warning } from '../option/problem.ts';
import type { DatagramDefaults, SocketSetting } from './configuration.ts';
import type { socketOptions } from './global-options.ts';
import { requestLimit } from './request-limit.ts';

const streamPrefix = 'dlist:';

/** What holds for all stream sockets, and what is wrong with dlist_max_size. `spoolBytes`: spool_max_size. */
export function dlistDefaults(
  values: OptionValues<typeof dlistOptions>,
  spoolBytes: number,
): { readonly dlist: DlistDefaults; readonly problem?: Problem } {
  const { maxBytes, problem } = requestLimit(values.dlist_max_size, defaultDlistMaxBytes, spoolBytes);
  const dlist: DlistDefaults = {
    transport: 'dlist',
    maxBytes,
    maxHeldBytes: values.dlist_max_held,
    maxConnections: values.dlist_max_connections,
    requestTimeoutMs: values.dlist_request_timeout,
    idleTimeoutMs: values.dlist_idle_timeout,
  };
  return { dlist, ...(problem && { problem }) };
}

/** The sockets, and what is wrong with those that cannot be used. `written`: notifysocket is in the files. */
export function socketSettings(
  values: OptionValues<typeof socketOptions>,
  dlist: DlistDefaults,
  written: boolean,
): {
  readonly sockets: readonly SocketSetting[];
  readonly problems: readonly Problem[];
} {
  const sockets = new Map<string, SocketSetting>();
  const problems: Problem[] = [];
  const { notifysocket_mode: mode, notifysocket_group: group } = values;
  for (const name of values.notifysocket) {
    const path = name.startsWith(streamPrefix) ? name.slice(streamPrefix.length) : name;
    const problem = sockets.has(path)
      ? error(`${path} is listed twice`, 'remove one of them')
      : problemIn(path, name !== path);
    if (problem) {
      problems.push(problem);
      continue;
    }
    if (path.startsWith('@')) problems.push(openToAll(path));
    const file = { path, mode, ...(group === undefined ? {} : { group }) };
    if (name === path) {
      const byDefault = written ? {} : { byDefault: true as const };
      sockets.set(path, { transport: 'datagram', name, ...file, ...datagramDefaults(values), ...byDefault });
    } else sockets.set(path, { ...dlist, name, ...file });
  }
  return { sockets: [...sockets.values()], problems };
}

/** The names of the abstract namespace have no owner and no mode (unix(7)). */
function openToAll(path: string): Problem {
  const message = `every user of this machine can send to the abstract socket ${path}: it has no mode and no group`;
  return warning(message, 'use the path of a file, with notifysocket_mode and notifysocket_group');
}

/** What holds for all datagram sockets. */
export function datagramDefaults(values: OptionValues<typeof socketOptions>): DatagramDefaults {
  const { datagram_commit: commit, datagram_commit_delay: delayMs } = values;
  return commit === 'before-read' ? { storeFirst: true } : { delayMs };
}

function problemIn(path: string, isStream: boolean): Problem | undefined {
  // Cyrus takes what stands after dlist: as a path, whatever it is.
  if (isStream && !path.startsWith('/') && !path.startsWith('./')) {
    return error(`dlist:${path} is not the path of a stream socket`, 'write dlist:/path');
  }
  return pathProblem(path);
}

/** Each would remove the other, because a socket that is there may be left over from a crash. */
export function controlIsNotify(path: string): Problem & { readonly option: 'control_socket' } {
  return { option: 'control_socket', ...error(`${path} is listed in notifysocket too`, 'choose another path') };
}

/** Why a path cannot be that of a socket. */
export function pathProblem(path: string): Problem | undefined {
  if (path === '@' || path.endsWith('/'))
    return error(`"${path}" is not the name of a socket`, 'write the path of a file');
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxSocketPathBytes) return undefined;
  return error(`${path} is ${bytes} bytes long`, `the path of a socket has at most ${maxSocketPathBytes}`);
}
