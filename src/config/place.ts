/** Where to listen, as one writes it: an IP address with a port, or the path of a Unix socket. */
import { isIP } from 'node:net';
import { error, type Problem } from '../option/problem.ts';
import { pathProblem } from './sockets.ts';

export type WrittenPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/** `127.0.0.1:8090`, `[::1]:8090`, `/run/belfry/http`. */
export function placeIn(word: string): WrittenPlace | Problem {
  // Nothing else that holds a slash: a URL is the likeliest mistake.
  if (/^\.{0,2}\//.test(word)) return pathProblem(word) ?? { path: word };
  const remedy = 'write an IP address with its port, like 127.0.0.1:8090 or [::1]:8090, or the path of a Unix socket';
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]{1,5})$/.exec(word) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (isIP(host) !== (bracketed === undefined ? 4 : 6)) {
    return error(`"${word}" is not the address of a server`, remedy);
  }
  if (port < 1 || port > 65_535) return error(`${word}: ${digits} is not a port`, '1 to 65535');
  return { host, port };
}

/** Whether both cannot be listened on: an IPv6 address can be written in several ways. */
export function isSamePlace(one: WrittenPlace | Problem, other: WrittenPlace | Problem): boolean {
  if ('path' in one) return 'path' in other && one.path === other.path;
  if (!('host' in one && 'host' in other) || one.port !== other.port) return false;
  return settledHost(one.host) === settledHost(other.host);
}

const settledHost = (host: string): string => (host.includes(':') ? new URL(`http://[${host}]`).hostname : host);

/** Whether only this machine can connect (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export function isLoopback(host: string): boolean {
  return /^(?:::ffff:)?127\./i.test(host) || /^(?:0*:){2,7}0*1$/.test(host);
}
