/** Method mqtt: each notification is published to a topic of an MQTT 5 broker. */
import { printable } from '../base/printable.ts';
import { importClient } from './broker/import-client.ts';
import { oneConnection } from './broker/one-connection.ts';
import { publishByLane } from './broker/publish-by-lane.ts';
import { tracedMessage } from './broker/traced-message.ts';
import { connectMqtt, type MqttConnection } from './mqtt/connect.ts';
import { mqttOptions } from './mqtt/options.ts';
import { outcomeOf } from './mqtt/reason-code.ts';
import { defineMethod, type Notification, type Outcome } from './notifier.ts';
import { payloadText } from './payload-text.ts';
import { brokerAddress } from './receiver-address.ts';
import { readSecret } from './secret.ts';
import { namesOf } from './template/names.ts';
import { connectionFault, readTlsFiles, tlsFileNeeds, tlsFileProblems } from './tls-files.ts';

const maxBatch = 64;
/** More than all of a packet but its topic, payload and user properties. */
const packetOverhead = 128;

export const mqtt = defineMethod({
  name: 'mqtt',
  summary: 'Publishes each notification to a topic of an MQTT broker.',
  options: mqttOptions,
  attemptTimeout: { default: '15s', description: 'This includes connecting and the confirmation.' },
  check: (values) => tlsFileProblems(values, values.url.encrypts, 'write mqtts:// in mqtt_url'),
  files: tlsFileNeeds,
  addresses: (values) => [brokerAddress('mqtt', 'mqtt_url', values.url, values)],
  templates: (values) => namesOf(values, 'topic'),
  open: async (values, services) => {
    const { url: address, topic, retain, expiry, client_id: clientId = '', user } = values;
    const password = readSecret(values, 'password', services);
    const tls = readTlsFiles(values, 'mqtt', services);
    const { default: library } = await importClient(() => import('mqtt'), 'mqtt', services);
    const connections = oneConnection<MqttConnection>({
      connect: (signal) =>
        connectMqtt((options) => library.connect(options), { address, clientId, user, password, tls }, signal),
      isOpen: (connection) => connection.isOpen(),
      destroy: (connection) => connection.destroy(),
    });

    async function publish(notification: Notification): Promise<Outcome> {
      const named = topic.render(notification, services);
      if ('wrong' in named) return { status: 'rejected', reason: printable(`mqtt_topic: ${named.wrong}`, 500) };
      const payload = Buffer.from(payloadText(notification));
      const userProperties = propertiesOf(notification);
      const connection = await connections.get();
      const { maximumPacketSize: most } = connection;
      const size = payload.length + Buffer.byteLength(named.value) + Buffer.byteLength(JSON.stringify(userProperties));
      if (most !== undefined && size + packetOverhead > most) {
        return { status: 'rejected', reason: `it would be about ${size} bytes long, and the broker accepts ${most}` };
      }
      const properties = {
        contentType: 'application/json',
        payloadFormatIndicator: true,
        userProperties,
        ...(expiry === undefined ? {} : { messageExpiryInterval: Math.floor(expiry / 1000) }),
      };
      const reasonCode = await tracedMessage(services.test, {
        head: () => ({ server: address.name, topic: named.value, retain: String(retain), ...userProperties }),
        payload: () => payload.toString(),
        publish: () => connection.publish(named.value, payload, { retain, properties }),
        answer: (code) => `PUBACK, reason code ${code}`,
      });
      return outcomeOf(reasonCode, address.name);
    }

    return publishByLane({
      ...{ maxBatch, server: address.name, attemptTimeoutMs: services.attemptTimeoutMs, connections, publish },
      failure: (thrown) => {
        const reason = printable(`${address.name}: ${connectionFault(thrown, 'mqtt')}`, 500);
        return { status: 'retry', reason };
      },
    });
  },
});

/** In characters that every broker takes: many refuse the whole packet for a control character. */
function propertiesOf({ id, class: requestClass, event, coalesced }: Notification): Record<string, string> {
  const shown = (text: string): string => printable(text.toWellFormed(), 200);
  return {
    ...{ id, class: shown(requestClass) },
    ...(event === undefined ? {} : { event: shown(event) }),
    ...(coalesced === undefined ? {} : { coalesced: String(coalesced.count) }),
  };
}
