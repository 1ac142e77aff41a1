/** Where NATS servers are, as it is written in the configuration. */
import { splitWords } from '../../option/word-syntax.ts';
import type { Parsed } from '../parsed.ts';

export interface NatsServers {
  /** Hosts with their ports, as the library takes them. */
  readonly hosts: readonly string[];
  /** For reasons. */
  readonly name: string;
  readonly encrypts: boolean;
}

const defaultPort = 4222;
const remedy = 'write nats://host:4222, or tls://host:4222';

/** No message quotes what is written: a password may be in it. */
export function parseNatsServers(written: string): Parsed<NatsServers> {
  const words = splitWords(written);
  const servers = words.map((word) => /^(nats|tls):\/\/([^\s/?#]+)\/?$/i.exec(word));
  const [kind, ...others] = new Set(servers.map((server) => server?.[1]?.toLowerCase()));
  if (kind === undefined) return { wrong: `this is not the address of a NATS server: ${remedy}` };
  if (others.length > 0) return { wrong: 'either all of them begin with nats://, or all with tls://' };
  const hosts: string[] = [];
  for (const server of servers) {
    const authority = server?.[2] ?? '';
    if (authority.includes('@')) return { wrong: 'it contains a user, password or token: there are options for these' };
    // URL checks the host only of schemes that it knows.
    const address = `http://${authority}/`;
    if (!URL.canParse(address) || /[${}]/.test(authority)) return { wrong: `there is no host in it: ${remedy}` };
    const [, port] = /:(\d+)$/.exec(authority) ?? [];
    if (port === '0') return { wrong: 'no server receives on port 0' };
    hosts.push(`${new URL(address).hostname}:${port ?? defaultPort}`);
  }
  return { value: { hosts, name: hosts.map((host) => `${kind}://${host}`).join(' '), encrypts: kind === 'tls' } };
}
