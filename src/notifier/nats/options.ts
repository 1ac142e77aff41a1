/** The options of method nats. */
import { option } from '../../option/option.ts';
import { secretOptions } from '../../option/secret.ts';
import { path, text, toggle } from '../../option/types.ts';
import { nameTemplate } from '../broker/name-template.ts';
import { readBy } from '../read-by.ts';
import { tlsFileOptions } from '../tls-files.ts';
import { parseNatsServers } from './servers.ts';

/** A line of the protocol, with its subject, has at most 4096 bytes (max_control_line of the server). */
const maxSubjectBytes = 1024;

function wrongIn(subject: string): string | undefined {
  if (/[\s\p{Cc}]/u.test(subject)) return 'a subject contains no white space';
  if (/[*>]/.test(subject)) return 'a message is published to one subject, without * and >';
  if (/^\.|\.\.|\.$/.test(subject))
    return 'between two dots, before the first and after the last there must be something';
  return subject.startsWith('$') ? 'subjects that begin with $ belong to the server' : undefined;
}

const absent = 'no authentication by it';

export const natsOptions = {
  servers: option('text', readBy(parseNatsServers), {
    description:
      'Where the servers are: `nats://HOST:PORT`, or `tls://HOST:PORT` where TLS is required; several servers of a cluster are separated by white space. The port is 4222 by default.',
    details:
      'each notification is one message. Its body is JSON: the event, or the envelope of another request. The header `Nats-Msg-Id` is the id of the request, `Belfry-Received-At` the time of receipt. With JetStream, `delivered` means that a stream has stored the message; what is sent again within the `duplicate_window` of the stream (2 minutes by default) is stored once. `rejected` is a message that is larger than `max_payload` of the server or `max_msg_size` of the stream, or whose subject would be too long. Everything else is retried: no stream for the subject, a stream that is full, a missing permission, a server without JetStream.',
    required: true,
    example: 'nats://127.0.0.1:4222',
  }),
  subject: nameTemplate(
    {
      description:
        'The subject. Names in braces are replaced as in mailto_subject; in a value all characters but letters, digits and `_@+=,~:-` are written as `%` and two hexadecimal digits, as in a URL (a dot is `%2E`), and an empty value as `_`. A notification whose subject would be longer than 1024 bytes is rejected.',
      default: 'mail.{event}.{user}',
      example: 'mail.{user}.{event}',
    },
    { unsafe: /[^A-Za-z0-9_@+=,~:%-]/gu, maxBytes: maxSubjectBytes, wrongIn },
  ),
  jetstream: toggle({
    description:
      'Whether a stream of JetStream must confirm each message. `no`: the message is only sent to those who are subscribed at that moment. Then `delivered` means that the server has read it: nobody may have got it.',
    default: 'yes',
  }),
  user: text({ description: 'The user to authenticate as.', absent, example: 'belfry' }),
  ...secretOptions('password', {
    description: 'The password of the user.',
    absent,
    example: 'credential:nats-password',
  }),
  ...secretOptions('token', {
    description: 'The token to authenticate with.',
    absent,
    example: 'credential:nats-token',
  }),
  ...secretOptions('nkey', {
    description: 'The seed of the NKey to authenticate with: a text that begins with SU.',
    absent,
    example: 'credential:nats-nkey',
  }),
  credentials: path({
    description: 'A credentials file, as `nsc` writes it: with the JWT and the seed of a user.',
    absent,
    example: '/etc/belfry/nats.creds',
  }),
  ...tlsFileOptions('NATS server'),
};
