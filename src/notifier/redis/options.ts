/** The options of method redis. */
import { option } from '../../option/option.ts';
import { secretOptions } from '../../option/secret.ts';
import { integer, text } from '../../option/types.ts';
import { nameTemplate } from '../broker/name-template.ts';
import { readBy } from '../read-by.ts';
import { tlsFileOptions } from '../tls-files.ts';
import { parseRedisAddress } from './address.ts';

/** Longer keys are possible, but no one could type them. */
const maxKeyBytes = 1024;

export const redisOptions = {
  url: option('text', readBy(parseRedisAddress), {
    description:
      'Where the server is: `redis://HOST:PORT`, `rediss://HOST:PORT` with TLS, or `unix:/PATH` for a Unix socket. The port is 6379 by default.',
    details:
      'each notification becomes one entry of a stream (XADD) with the fields `id`, `class`, `event`, `user`, `mailbox`, `receivedAt` and `payload`. Entries that belong together are added in one transaction: all of them or none. `delivered` means that the server has answered, so the entry is as safe as its `appendfsync` makes it. Any error of the server means retry, because it is a state of the server or a mistake in the configuration; rejected is only a notification whose stream would have too long a name. belfry does not follow the redirections of Redis Cluster: name the server of the stream.',
    required: true,
    example: 'redis://127.0.0.1:6379',
  }),
  stream: nameTemplate(
    {
      description:
        'The key of the stream. Names in braces are replaced as in mailto_subject; in a value all characters but letters, digits and `._@+=,~-` are written as `%` and two hexadecimal digits, as in a URL, and an empty value as `_`. A notification whose key would be longer than 1024 bytes is rejected.',
      default: 'belfry',
      example: 'belfry:{user}',
    },
    { unsafe: /[^A-Za-z0-9._@+=,~%-]/gu, maxBytes: maxKeyBytes, wrongIn: () => undefined },
  ),
  maxlen: integer(
    {
      description:
        'About how many entries a stream keeps: the server removes older ones when one is added (`MAXLEN ~`), whether they were read or not.',
      absent: 'all of them',
      example: '100000',
    },
    { min: 1, max: Number.MAX_SAFE_INTEGER },
  ),
  wait: integer(
    {
      description:
        'How many replicas must have the entry before it counts as delivered (WAIT). After half of the attempt timeout belfry tries again, and the stream contains the entry twice.',
      default: '0',
    },
    { min: 0, max: 1000 },
  ),
  database: integer({ description: 'The number of the database.', default: '0' }, { min: 0, max: 1_000_000 }),
  user: text({
    description: 'The user to authenticate as (an ACL user of Redis 6 and later).',
    absent: 'the default user, if there is a password',
    example: 'belfry',
  }),
  ...secretOptions('password', {
    description: 'The password to authenticate with.',
    absent: 'no authentication',
    example: 'credential:redis-password',
  }),
  ...tlsFileOptions('Redis server'),
};
