/** Method amqp: each notification is published to an exchange of an AMQP 0-9-1 broker, such as RabbitMQ. */

import { messageOf } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { type AmqpConnection, connectAmqp } from './amqp/connect.ts';
import { amqpOptions } from './amqp/options.ts';
import { importClient } from './broker/import-client.ts';
import { oneConnection } from './broker/one-connection.ts';
import { publishByLane } from './broker/publish-by-lane.ts';
import { tracedMessage } from './broker/traced-message.ts';
import { defineMethod, type Notification, type Outcome } from './notifier.ts';
import { payloadText } from './payload-text.ts';
import { brokerAddress } from './receiver-address.ts';
import { readSecret } from './secret.ts';
import { namesOf } from './template/names.ts';
import { connectionFault, readTlsFiles, tlsFileNeeds, tlsFileProblems } from './tls-files.ts';

const maxBatch = 64;
/** What RabbitMQ says when it closes the channel for a message (406). */
const tooLarge = /message size \d+ is larger than configured max size (\d+)/;

export const amqp = defineMethod({
  name: 'amqp',
  summary: 'Publishes each notification to an exchange of an AMQP broker, such as RabbitMQ.',
  options: amqpOptions,
  attemptTimeout: { default: '15s', description: 'This includes connecting and the confirmation.' },
  check: (values) => tlsFileProblems(values, values.url.encrypts, 'write amqps:// in amqp_url'),
  files: tlsFileNeeds,
  addresses: (values) => [brokerAddress('amqp', 'amqp_url', values.url, values)],
  templates: (values) => namesOf(values, 'exchange', 'routing_key'),
  open: async (values, services) => {
    const { url: address, vhost, exchange, routing_key: routingKey, user } = values;
    const password = readSecret(values, 'password', services) ?? 'guest';
    const tls = readTlsFiles(values, 'amqp', services);
    const { connect } = await importClient(() => import('amqplib'), 'amqplib', services);
    const connections = oneConnection<AmqpConnection>({
      connect: (signal) => connectAmqp(connect, { address, vhost, user, password, tls }, signal),
      isOpen: (connection) => connection.isOpen(),
      destroy: (connection) => connection.destroy(),
    });
    /** In bytes; the broker says it when it closes the channel for a longer message. */
    let longest = Number.POSITIVE_INFINITY;

    async function publish(notification: Notification): Promise<Outcome> {
      const [to, key] = [exchange.render(notification, services), routingKey.render(notification, services)];
      if ('wrong' in to) return rejected(`amqp_exchange: ${to.wrong}`);
      if ('wrong' in key) return rejected(`amqp_routing_key: ${key.wrong}`);
      const content = Buffer.from(payloadText(notification));
      if (content.length > longest)
        return rejected(`it is ${content.length} bytes long, and the broker accepts ${longest}`);
      const connection = await connections.get();
      const properties = propertiesOf(notification);
      const message = { exchange: to.value, routingKey: key.value, id: notification.id, content, properties };
      const { type, headers } = properties;
      await tracedMessage(services.test, {
        head: () => ({
          server: address.name,
          exchange: to.value,
          routing_key: key.value,
          message_id: message.id,
          type,
          ...headers,
        }),
        payload: () => content.toString(),
        publish: () => connection.publish(message),
        answer: () => 'basic.ack',
      });
      return { status: 'delivered' };
    }

    return publishByLane({
      ...{ maxBatch, server: address.name, attemptTimeoutMs: services.attemptTimeoutMs, connections, publish },
      failure: (thrown) => {
        const [, most] = tooLarge.exec(messageOf(thrown)) ?? [];
        if (most !== undefined) longest = Number(most);
        return { status: 'retry', reason: printable(`${address.name}: ${faultOf(thrown)}`, 500) };
      },
    });
  },
});

function rejected(reason: string): Outcome {
  return { status: 'rejected', reason: printable(reason, 500) };
}

/** With the remedy for what an administrator can mend. */
function faultOf(thrown: unknown): string {
  const text = connectionFault(thrown, 'amqp');
  if (/NOT_FOUND - no exchange/.test(text)) return `${text}; declare it, or correct amqp_exchange`;
  // The library keeps what the broker has said here to itself.
  if (/Expected ConnectionOpenOk/.test(text)) return 'the broker refuses the virtual host; see amqp_vhost';
  if (/NO_ROUTE/.test(text)) return `${text}; bind a queue to amqp_exchange for amqp_routing_key`;
  return /ACCESS.REFUSED/.test(text) ? `${text}; see amqp_user, amqp_password and the permissions of the user` : text;
}

/** Short strings have at most 255 bytes (AMQP 0-9-1 §4.2.5.3): 60 characters of whatever kind fit. */
function propertiesOf({ class: requestClass, event, receivedAt, coalesced }: Notification) {
  const shown = (text: string): string => printable(text, 60);
  return {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    appId: 'belfry',
    type: shown(event ?? requestClass),
    timestamp: Math.floor(receivedAt / 1000),
    headers: { class: shown(requestClass), ...(coalesced === undefined ? {} : { coalesced: String(coalesced.count) }) },
  };
}
