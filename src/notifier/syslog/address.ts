/** Where a syslog server receives, as it is written in the configuration. */
import type { Parsed } from '../parsed.ts';

/** `path` may be `@` and an abstract name. Hosts of IPv6 have no brackets. */
export type SyslogAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number };

/** 514: RFC 5426 §3.3, and for TCP the custom of rsyslog and syslog-ng; 6514: RFC 5425 §4.1. */
const defaultPorts: Readonly<Record<string, number>> = { udp: 514, tcp: 514, tls: 6514 };

const form = /^(udp|tcp|tls):\/\/([^\s/?#@]+)\/?$/i;

export function parseSyslogAddress(written: string): Parsed<SyslogAddress> {
  if (/^[/@]./.test(written)) {
    return written.includes('\0')
      ? { wrong: 'a path cannot hold a NUL byte' }
      : { value: { kind: 'unix', path: written } };
  }
  const [, scheme = '', where = ''] = form.exec(written) ?? [];
  // Of the schemes that it knows, URL checks the host.
  const url = URL.canParse(`http://${where}/`) ? new URL(`http://${where}/`) : undefined;
  if (scheme === '' || url === undefined || /[${}]/.test(where)) {
    const remedy = 'write the path of a socket, or udp://host:514, tcp://host:514 or tls://host:6514';
    return { wrong: `"${written}" is not the address of a syslog server: ${remedy}` };
  }
  const kind = scheme.toLowerCase() as 'udp' | 'tcp' | 'tls';
  const [, port] = /:(\d+)$/.exec(where) ?? [];
  if (port === '0') return { wrong: 'no server receives on port 0' };
  // Port 80 is what URL leaves out.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { value: { kind, host, port: port === undefined ? (defaultPorts[kind] ?? 0) : Number(port) } };
}

/** For reasons: as one would write it. */
export function nameOf(address: SyslogAddress): string {
  if (address.kind === 'unix') return address.path;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.kind}://${host}:${address.port}`;
}
