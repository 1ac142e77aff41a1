/** Reads a Redis back, as a consumer of belfry's streams does. */
import { Redis } from 'ioredis';
import type { Defer } from '../workspace.ts';

/** One entry of a stream, with its fields. */
type StreamEntry = Readonly<Record<string, string>>;

export interface RedisReader {
  readonly client: Redis;
  /** The entries of a stream, the oldest first. */
  entries(stream: string): Promise<readonly StreamEntry[]>;
  ids(stream: string): Promise<readonly string[]>;
}

export function readRedis(port: number, defer: Defer): RedisReader {
  const client = new Redis({ port, host: '127.0.0.1', protocol: 2 });
  // A server that is killed and started again is met again.
  client.on('error', () => {});
  defer(() => client.disconnect());
  const entries = async (stream: string): Promise<readonly StreamEntry[]> =>
    (await client.xrange(stream, '-', '+')).map(([, fields]) => {
      const pairs = fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1] ?? '']] : []));
      return Object.fromEntries(pairs);
    });
  return { client, entries, ids: async (stream) => (await entries(stream)).map(({ id = '' }) => id) };
}
