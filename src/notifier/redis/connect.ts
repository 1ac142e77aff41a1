/** A connection to a Redis server on which nothing is sent later than it was asked for. */
import { isIP, Socket } from 'node:net';
import type { Redis, RedisOptions } from 'ioredis';
import { abortStream } from '../broker/abort-stream.ts';
import type { TlsFiles } from '../tls-files.ts';
import type { RedisAddress } from './address.ts';

export interface RedisSettings {
  readonly address: RedisAddress;
  readonly database: number;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles;
}

export interface RedisConnection {
  readonly redis: Redis;
  /** Why it broke, where the connection itself has said so. */
  fault(): unknown;
}

/**
 * The library must keep nothing to send later: no queue while there is no connection, nothing sent again over a new one, and
 * no new one by itself. Times are limited by whoever uses it, by `destroyRedis`.
 */
function optionsFor({ address, tls }: RedisSettings): Omit<RedisOptions, 'replyMapping'> {
  const { connection } = address;
  const servername = 'host' in connection && isIP(connection.host) === 0 ? { servername: connection.host } : {};
  return {
    ...connection,
    ...(address.encrypts ? { tls: { ...tls, ...servername } } : {}),
    lazyConnect: true,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 0,
    // LOADING and the like come as the answer to a command, at once.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectionName: 'belfry',
    protocol: 2,
  };
}

/** Connects, authenticates and selects the database. */
export async function connectRedis(
  Client: typeof Redis,
  settings: RedisSettings,
  signal: AbortSignal,
): Promise<RedisConnection> {
  const redis = new Client(optionsFor(settings));
  let fault: unknown;
  redis.on('error', (error) => {
    fault = error;
  });
  const connection = { redis, fault: () => fault };
  const stop = (): void => destroyRedis(connection);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await redis.connect();
    await greet(redis, settings);
    return connection;
  } catch (thrown) {
    destroyRedis(connection);
    throw fault ?? thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The library would go on after an error of AUTH or SELECT: without authentication, or in the wrong database. */
async function greet(redis: Redis, { user, password, database }: RedisSettings): Promise<void> {
  const commands: string[][] = [];
  if (password !== undefined) commands.push(['auth', ...(user === undefined ? [] : [user]), password]);
  if (database !== 0) commands.push(['select', String(database)]);
  if (commands.length === 0) return;
  for (const [error] of (await redis.pipeline(commands).exec()) ?? []) if (error) throw error;
}

/**
 * Ends it without another byte: `disconnect` of the library would first send what is buffered, and with RST the kernel
 * does not send it either.
 */
export function destroyRedis({ redis }: RedisConnection): void {
  // Before the socket is made, this keeps it from being made.
  if (redis.status === 'connecting' && !(redis.stream instanceof Socket)) redis.disconnect();
  const { stream } = redis;
  if (!(stream instanceof Socket)) return;
  if (redis.options.path === undefined) abortStream(stream);
  else stream.destroy();
}
