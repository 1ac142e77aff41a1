/** The options of method amqp. */
import { option } from '../../option/option.ts';
import { secretOptions } from '../../option/secret.ts';
import { text } from '../../option/types.ts';
import { nameTemplate } from '../broker/name-template.ts';
import { serverAddress } from '../broker/server-address.ts';
import { readBy } from '../read-by.ts';
import { tlsFileOptions } from '../tls-files.ts';

/** AMQP 0-9-1 §4.2.5.3: a short string. */
const maxNameBytes = 255;
/** Dots separate the words of a routing key, of which `*` and `#` stand for some in a binding. */
const rules = {
  unsafe: /[^A-Za-z0-9_@=,~%-]/gu,
  maxBytes: maxNameBytes,
  wrongIn: (name: string) => (name.includes('\0') ? 'a name cannot contain a NUL byte' : undefined),
};
const escaped =
  'in a value all characters but letters, digits and `_@=,~-` are written as `%` and two hexadecimal digits, as in a URL, and an empty value as `_`';

export const amqpOptions = {
  url: option('text', readBy(serverAddress({ plain: ['amqp', 5672], encrypted: ['amqps', 5671] })), {
    description:
      'Where the broker is: `amqp://HOST:PORT`, or `amqps://HOST:PORT` with TLS. The port is 5672, with TLS 5671, by default.',
    details:
      'belfry speaks AMQP 0-9-1 (RabbitMQ) and publishes persistent, mandatory messages on a channel with confirmations. The payload is the event as JSON, or the envelope of another request; `message_id` is the id. `delivered` means that the broker has confirmed the message and routed it to a queue. Everything else means retry: the broker returns it because no queue is bound for it (312), does not confirm it (nack), has no such exchange (404), refuses the access (403), or is out of memory or disk. Rejected is only a message that is longer than the broker has said to accept, or whose exchange or routing key would be longer than 255 bytes.',
    required: true,
    example: 'amqp://127.0.0.1:5672',
  }),
  vhost: text({ description: 'The virtual host.', default: '/', example: 'mail' }),
  exchange: nameTemplate(
    {
      description: `The exchange; it must exist. Names in braces are replaced as in mailto_subject; ${escaped}.`,
      default: 'amq.topic',
      example: 'mail',
    },
    rules,
  ),
  routing_key: nameTemplate(
    {
      description: `The routing key, with the same names as in amqp_exchange; ${escaped}. A dot in a value is written as \`%2E\`, so a value is one word of the key.`,
      default: 'belfry.{user}.{event}',
      example: 'mail.{user}.{event}',
    },
    rules,
  ),
  user: text({ description: 'The user name for the login.', default: 'guest', example: 'belfry' }),
  ...secretOptions('password', {
    description: 'The password for the login.',
    absent: '`guest`, with which RabbitMQ lets the user guest log in from its own machine',
    example: 'credential:amqp-password',
  }),
  ...tlsFileOptions('broker'),
};
