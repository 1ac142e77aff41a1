/** Where a broker is, as it is written in the configuration: a scheme, a host and a port, and no secret. */
import type { Parsed } from '../parsed.ts';

export interface ServerAddress {
  /** For reasons: as one would write it. */
  readonly name: string;
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  readonly encrypts: boolean;
}

/** How the addresses of one protocol begin, with the default port of each. */
export interface Schemes {
  readonly plain: readonly [scheme: string, port: number];
  readonly encrypted: readonly [scheme: string, port: number];
  /** What to write instead; for a user or a password in it, and for what follows the host, where it has a place of its own. */
  readonly remedy?: string;
  readonly login?: string;
  readonly rest?: string;
}

/** No message quotes what is written: a password may be in it. */
export function serverAddress({
  plain,
  encrypted,
  remedy = `write ${plain[0]}://host:${plain[1]}, or with TLS ${encrypted[0]}://host:${encrypted[1]}`,
  login = `they have options of their own; ${remedy}`,
  rest: place = remedy,
}: Schemes): (written: string) => Parsed<ServerAddress> {
  return (written) => {
    const [, scheme = '', authority = '', rest = ''] = /^([a-z]+):\/\/([^\s/?#]*)([/?#]\S*)?$/i.exec(written) ?? [];
    const known = [plain, encrypted].find(([name]) => name === scheme.toLowerCase());
    if (known === undefined || authority === '') return { wrong: `this is not the address of a server: ${remedy}` };
    if (authority.includes('@')) return { wrong: `it contains a user or a password: ${login}` };
    if (rest !== '' && rest !== '/') return { wrong: `it goes on after the host: ${place}` };
    // URL checks the host only of schemes that it knows.
    const address = `http://${authority}/`;
    if (!URL.canParse(address) || /[${}]/.test(authority)) return { wrong: `there is no host in it: ${remedy}` };
    const [, digits] = /:(\d+)$/.exec(authority) ?? [];
    if (digits === '0') return { wrong: 'no server receives on port 0' };
    const { hostname } = new URL(address);
    const port = Number(digits ?? known[1]);
    return {
      value: {
        name: `${known[0]}://${hostname}:${port}`,
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port,
        encrypts: known === encrypted,
      },
    };
  };
}
