/** Where a Redis server is, as it is written in the configuration. */
import { serverAddress } from '../broker/server-address.ts';
import type { Parsed } from '../parsed.ts';

export interface RedisAddress {
  /** For reasons: as one would write it, without a secret. */
  readonly name: string;
  /** As ioredis takes it. Hosts of IPv6 have no brackets. */
  readonly connection: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly encrypts: boolean;
}

const parseServer = serverAddress({
  plain: ['redis', 6379],
  encrypted: ['rediss', 6379],
  remedy: 'write redis://host:6379, rediss://host:6379 (TLS) or unix:/path/of/the/socket',
  login: 'write redis_user and redis_password',
  rest: 'write the database as redis_database',
});

/** No message quotes what is written: a password may be in it. */
export function parseRedisAddress(written: string): Parsed<RedisAddress> {
  const [, path] = /^unix:(?:\/\/)?(\/[^\0]+)$/i.exec(written) ?? [];
  if (path !== undefined) return { value: { name: `unix:${path}`, connection: { path }, encrypts: false } };
  const server = parseServer(written);
  if ('wrong' in server) return server;
  const { name, host, port, encrypts } = server.value;
  return { value: { name, connection: { host, port }, encrypts } };
}
