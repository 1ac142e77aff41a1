/** A real Redis, with nothing in it. */
import { freePorts } from '../../support/free-ports.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { greets, type RealServer, startServer } from './server.ts';

export interface RedisServer extends RealServer {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly directory: string;
}

/** Every write is on the disk before it is answered, so a kill loses nothing that was answered. `words` are options of it. */
export async function startRedis(defer: Defer, words: readonly string[] = []): Promise<RedisServer> {
  const directory = await makeWorkspace(defer);
  const { redis } = await freePorts(['redis']);
  const port = Number(redis);
  const own = ['--port', redis, '--bind', '127.0.0.1', '--dir', directory, '--save', ''];
  const settings = {
    program: 'redis-server',
    words: [...own, '--appendonly', 'yes', '--appendfsync', 'always', ...words],
    // One that wants a password is there as well.
    answers: () => greets(port, 'PING\r\n', /^\+PONG|^-NOAUTH/),
  };
  return { port, directory, ...(await startServer(settings, defer)) };
}
