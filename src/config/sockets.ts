/** Where to receive: the options notifysocket, notifysocket_mode and notifysocket_group together. */
import type { OptionValues } from '../option/option.ts';
import type { SocketSetting } from './configuration.ts';
import type { socketOptions } from './global-options.ts';
import type { Fault } from './setting-line.ts';

/** What fits into `sun_path` of sockaddr_un with the NUL byte that ends it (unix(7)). */
const maxPathBytes = 107;

/** The sockets, and what is wrong with those that cannot be used. */
export function socketSettings(values: OptionValues<typeof socketOptions>): {
  readonly sockets: readonly SocketSetting[];
  readonly faults: readonly Fault[];
} {
  const paths = new Set<string>();
  const faults: Fault[] = [];
  const { notifysocket_mode: mode, notifysocket_group: group } = values;
  for (const path of values.notifysocket) {
    const fault = paths.has(path) ? { message: `${path} is listed twice` } : faultOf(path);
    if (fault) faults.push(fault);
    else paths.add(path);
  }
  const sockets = [...paths].map((path) => ({
    transport: 'datagram' as const,
    path,
    mode,
    ...(group === undefined ? {} : { group }),
  }));
  return { sockets, faults };
}

function faultOf(path: string): Fault | undefined {
  if (path.startsWith('dlist:')) {
    const remedy = `write ${path.slice('dlist:'.length)} here and in the configuration of Cyrus`;
    return { message: 'dlist: asks for the stream transport, which this version does not serve', remedy };
  }
  if (path === '@' || path.endsWith('/')) return { message: `"${path}" is not the name of a socket` };
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxPathBytes) return undefined;
  return { message: `${path} is ${bytes} bytes long`, remedy: `the path of a socket has at most ${maxPathBytes}` };
}
