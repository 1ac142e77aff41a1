/** What an error of a Redis server means, in a line with the remedy. */
import { messageOf } from '../../base/error.ts';
import { printable } from '../../base/printable.ts';
import { connectionFault } from '../tls-files.ts';

/** By the first word of an error of the server. */
const remedies: Readonly<Record<string, string>> = {
  NOAUTH: 'set redis_password',
  WRONGPASS: 'redis_user or redis_password is wrong',
  NOPERM: 'the user needs the commands multi, exec and xadd, and the keys of redis_stream',
  WRONGTYPE: 'redis_stream names a key that is not a stream',
  READONLY: 'redis_url names a replica',
  MOVED: 'Redis Cluster is not supported: name the server of this stream in redis_url',
  CROSSSLOT: 'Redis Cluster is not supported',
};

/** `server` names it. */
export function failureOf(thrown: unknown, server: string): string {
  const message = typeof thrown === 'string' ? thrown : connectionFault(thrown, 'redis');
  const remedy = remedies[/^[A-Z]+/.exec(messageOf(message))?.[0] ?? ''];
  return printable(`${server}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`, 500);
}
