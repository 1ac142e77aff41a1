/** Where a Redis server is, as it is written in the configuration. */
import type { Parsed } from '../parsed.ts';

export interface RedisAddress {
  /** For reasons: as one would write it, without a secret. */
  readonly name: string;
  /** As ioredis takes it. Hosts of IPv6 have no brackets. */
  readonly connection: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly encrypts: boolean;
}

const defaultPort = 6379;
const remedy = 'write redis://host:6379, rediss://host:6379 (TLS) or unix:/path/of/the/socket';

/** No message quotes what is written: a password may be in it. */
export function parseRedisAddress(written: string): Parsed<RedisAddress> {
  const [, path] = /^unix:(?:\/\/)?(\/[^\0]+)$/i.exec(written) ?? [];
  if (path !== undefined) return { value: { name: `unix:${path}`, connection: { path }, encrypts: false } };
  const [, scheme = '', authority = '', rest = ''] = /^(rediss?):\/\/([^\s/?#]*)([/?#]\S*)?$/i.exec(written) ?? [];
  if (authority === '') return { wrong: `this is not the address of a Redis server: ${remedy}` };
  if (authority.includes('@'))
    return { wrong: 'it contains a user or a password: write redis_user and redis_password' };
  if (rest !== '' && rest !== '/') return { wrong: 'it goes on after the host: write the database as redis_database' };
  // URL checks the host only of schemes that it knows.
  const address = `http://${authority}/`;
  if (!URL.canParse(address) || /[${}]/.test(authority)) return { wrong: `there is no host in it: ${remedy}` };
  const [, port] = /:(\d+)$/.exec(authority) ?? [];
  if (port === '0') return { wrong: 'no server receives on port 0' };
  const { hostname } = new URL(address);
  const connection = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? defaultPort) };
  const kind = scheme.toLowerCase();
  return { value: { name: `${kind}://${hostname}:${connection.port}`, connection, encrypts: kind === 'rediss' } };
}
