/** Where to receive: the options notifysocket, notifysocket_mode and notifysocket_group together. */

import type { DlistDefaults } from '../intake/dlist/dlist-kind.ts';
import { defaultDlistMaxBytes, type dlistOptions } from '../intake/dlist/dlist-options.ts';
import type { OptionValues } from '../option/option.ts';
import type { DatagramDefaults, SocketSetting } from './configuration.ts';
import type { socketOptions } from './global-options.ts';
import { requestLimit } from './request-limit.ts';
import type { Fault } from './setting-line.ts';

/** What fits into `sun_path` of sockaddr_un with the NUL byte that ends it (unix(7)). */
const maxPathBytes = 107;

const streamPrefix = 'dlist:';

/** What holds for all stream sockets, and what is wrong with dlist_max_size. `spoolBytes`: spool_max_size. */
export function dlistDefaults(
  values: OptionValues<typeof dlistOptions>,
  spoolBytes: number,
): { readonly dlist: DlistDefaults; readonly fault?: Fault } {
  const { maxBytes, fault } = requestLimit(values.dlist_max_size, defaultDlistMaxBytes, spoolBytes);
  const dlist: DlistDefaults = {
    transport: 'dlist',
    maxBytes,
    maxHeldBytes: values.dlist_max_held,
    maxConnections: values.dlist_max_connections,
    requestTimeoutMs: values.dlist_request_timeout,
    idleTimeoutMs: values.dlist_idle_timeout,
  };
  return { dlist, ...(fault && { fault }) };
}

/** A warning keeps nothing from starting. */
type SocketFault = Fault & { readonly severity: 'error' | 'warning' };

/** The sockets, and what is wrong with those that cannot be used. `written`: notifysocket is in the files. */
export function socketSettings(
  values: OptionValues<typeof socketOptions>,
  dlist: DlistDefaults,
  written: boolean,
): {
  readonly sockets: readonly SocketSetting[];
  readonly faults: readonly SocketFault[];
} {
  const sockets = new Map<string, SocketSetting>();
  const faults: SocketFault[] = [];
  const { notifysocket_mode: mode, notifysocket_group: group } = values;
  for (const name of values.notifysocket) {
    const path = name.startsWith(streamPrefix) ? name.slice(streamPrefix.length) : name;
    const fault = sockets.has(path)
      ? { message: `${path} is listed twice`, remedy: 'take one of them out' }
      : faultOf(path, name !== path);
    if (fault) {
      faults.push({ severity: 'error', ...fault });
      continue;
    }
    if (path.startsWith('@')) faults.push({ severity: 'warning', ...openToAll(path) });
    const file = { path, mode, ...(group === undefined ? {} : { group }) };
    if (name === path) {
      const byDefault = written ? {} : { byDefault: true as const };
      sockets.set(path, { transport: 'datagram', name, ...file, ...datagramDefaults(values), ...byDefault });
    } else sockets.set(path, { ...dlist, name, ...file });
  }
  return { sockets: [...sockets.values()], faults };
}

/** The names of the abstract namespace have no owner and no mode (unix(7)). */
function openToAll(path: string): Fault {
  const message = `every user of this machine can send to the abstract socket ${path}: it has no mode and no group`;
  return { message, remedy: 'use the path of a file, with notifysocket_mode and notifysocket_group' };
}

/** What holds for all datagram sockets. */
export function datagramDefaults({ datagram_commit: commit }: OptionValues<typeof socketOptions>): DatagramDefaults {
  return commit === 'before-read' ? { storeFirst: true } : {};
}

function faultOf(path: string, isStream: boolean): Fault | undefined {
  // Cyrus takes what stands behind dlist: as a path, whatever it is.
  if (isStream && !path.startsWith('/') && !path.startsWith('./')) {
    return { message: `dlist:${path} is not the path of a stream socket`, remedy: 'write dlist:/path' };
  }
  return pathFault(path);
}

/** Why a path cannot be that of a socket. */
export function pathFault(path: string): Fault | undefined {
  if (path === '@' || path.endsWith('/'))
    return { message: `"${path}" is not the name of a socket`, remedy: 'write the path of a file' };
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxPathBytes) return undefined;
  return { message: `${path} is ${bytes} bytes long`, remedy: `the path of a socket has at most ${maxPathBytes}` };
}
