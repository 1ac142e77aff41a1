/** The options of method mqtt. */
import { option } from '../../option/option.ts';
import { secretOptions } from '../../option/secret.ts';
import { duration, text, toggle } from '../../option/types.ts';
import { nameTemplate } from '../broker/name-template.ts';
import { serverAddress } from '../broker/server-address.ts';
import { readBy } from '../read-by.ts';
import { tlsFileOptions } from '../tls-files.ts';

/** MQTT 5 §1.5.4: the length of a string has 16 bits. */
const maxTopicBytes = 65_535;

/** §4.7.1: wildcards are for subscriptions; the broker refuses them in the topic of a message, and NUL anywhere. */
function wrongInTopic(topic: string): string | undefined {
  const [found] = /[+#\0]/.exec(topic) ?? [];
  if (found !== undefined) return `a topic cannot contain ${JSON.stringify(found)}`;
  return topic === '' ? 'a topic cannot be empty' : undefined;
}

export const mqttOptions = {
  url: option('text', readBy(serverAddress({ plain: ['mqtt', 1883], encrypted: ['mqtts', 8883] })), {
    description:
      'Where the broker is: `mqtt://HOST:PORT`, or `mqtts://HOST:PORT` with TLS. The port is 1883, with TLS 8883, by default.',
    details:
      'belfry speaks MQTT 5 and publishes with QoS 1. The payload is the event as JSON, or the envelope of another request; the user properties are `id`, `class` and `event`. `delivered` means that the broker has confirmed the message, also if nobody subscribes to its topic (reason code 16; the detail says so). The reason codes 144 (topic name invalid), 149 (packet too large) and 153 (payload format invalid) mean rejected, as does a message that is longer than the broker has announced to accept; every other one, such as 135 (not authorized) and 151 (quota exceeded), means retry.',
    required: true,
    example: 'mqtt://127.0.0.1:1883',
  }),
  topic: nameTemplate(
    {
      description:
        'The topic. Names in braces are replaced as in mailto_subject; in a value all characters but letters, digits and `._@=,~-` are written as `%` and two hexadecimal digits, as in a URL, and an empty value as `_`. A notification whose topic would be longer than 65535 bytes is rejected.',
      default: 'belfry/{user}/{event}',
      example: 'mail/{user}/{event}',
    },
    { unsafe: /[^A-Za-z0-9._@=,~%-]/gu, maxBytes: maxTopicBytes, wrongIn: wrongInTopic },
  ),
  retain: toggle({
    description: 'Whether the broker keeps the last message of each topic for those who subscribe later.',
    default: 'no',
  }),
  expiry: duration(
    {
      description: 'How long the broker keeps a message for a subscriber that is not there, in whole seconds.',
      absent: 'as long as the broker likes',
      example: '1d',
    },
    { min: 1000 },
  ),
  client_id: text({
    description: 'The client identifier. Two clients with the same one disconnect each other.',
    absent: 'the broker assigns one',
    example: 'belfry-imap1',
  }),
  user: text({ description: 'The user name for the login.', absent: 'no login', example: 'belfry' }),
  ...secretOptions('password', {
    description: 'The password for the login.',
    absent: 'no password',
    example: 'credential:mqtt-password',
  }),
  ...tlsFileOptions('broker'),
};
