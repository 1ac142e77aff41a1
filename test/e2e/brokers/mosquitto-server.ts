/** A real Mosquitto, and a subscriber whose session it keeps: what was published while one of the two was away arrives later. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { freePorts } from '../../support/free-ports.ts';
import { until } from '../../support/until.ts';
import { runSuccessfully } from '../run-program.ts';
import { type Defer, makeWorkspace } from '../workspace.ts';
import { greets, type RealServer, startServer } from './server.ts';

export interface MosquittoServer extends RealServer {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly tlsPort: number;
}

interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Users: `reader` reads everything, `belfry` writes below belfry/ and mail/; the password of each is `secret`. */
export async function startMosquitto(
  defer: Defer,
  { lines = [], tls }: { readonly lines?: readonly string[]; readonly tls?: Certificates } = {},
): Promise<MosquittoServer> {
  const directory = await makeWorkspace(defer);
  const { plain, encrypted } = await freePorts(['plain', 'encrypted']);
  const file = (name: string): string => join(directory, name);
  await runSuccessfully('mosquitto_passwd', ['-b', '-c', file('passwords'), 'reader', 'secret']);
  await runSuccessfully('mosquitto_passwd', ['-b', file('passwords'), 'belfry', 'secret']);
  const rights = ['user reader', 'topic readwrite #', 'user belfry', 'topic write belfry/#', 'topic write mail/#'];
  await writeFile(file('acl'), `${rights.join('\n')}\n`);
  const settings = [
    'user root',
    'allow_anonymous false',
    `password_file ${file('passwords')}`,
    `acl_file ${file('acl')}`,
    // The session of the reader is on the disk at once. What is confirmed has been written to its socket.
    ...['persistence true', `persistence_location ${directory}/`, 'autosave_on_changes true', 'autosave_interval 1'],
    ...['max_inflight_messages 0', 'max_queued_messages 0'],
    ...lines,
    `listener ${plain} 127.0.0.1`,
    ...(tls === undefined
      ? []
      : [
          `listener ${encrypted} 127.0.0.1`,
          ...[`cafile ${tls.ca}`, `certfile ${tls.certificate}`, `keyfile ${tls.key}`, 'require_certificate true'],
        ]),
  ];
  await writeFile(file('mosquitto.conf'), `${settings.join('\n')}\n`);
  const port = Number(plain);
  // CONNECT of MQTT 5 without a login, which it refuses with a CONNACK.
  const hello = '\x10\x0d\0\x04MQTT\x05\x02\0\x0a\0\0\0';
  const server = await startServer(
    { program: 'mosquitto', words: ['-c', file('mosquitto.conf')], answers: () => greets(port, hello, /^\x20/) },
    defer,
  );
  return { port, tlsPort: Number(encrypted), ...server };
}

interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly retain: boolean;
}

export interface Reader {
  /** All that has come, once a message published now has come as well. */
  messages(): Promise<readonly Message[]>;
  clear(): void;
}

export async function readMosquitto(port: number, defer: Defer): Promise<Reader> {
  const marks = 'mark';
  let got: Message[] = [];
  let marked = 0;
  const client: MqttClient = await connectAsync({
    ...{ host: '127.0.0.1', port, username: 'reader', password: 'secret', protocolVersion: 5 },
    ...{ clientId: 'reader', clean: false, reconnectPeriod: 50, properties: { sessionExpiryInterval: 86_400 } },
  });
  client.on('error', () => {});
  client.on('message', (topic, payload, { properties = {}, retain }) => {
    if (topic === marks) {
      marked = Math.max(marked, Number(payload));
      return;
    }
    const { userProperties } = properties;
    got.push({
      topic,
      payload: payload.toString(),
      id: String(userProperties?.['id']),
      properties: { ...properties },
      retain,
    });
  });
  await client.subscribeAsync('#', { qos: 1 });
  defer(() => client.endAsync(true));
  let marksSent = 0;
  return {
    async messages() {
      marksSent += 1;
      const mark = marksSent;
      await client.publishAsync(marks, String(mark), { qos: 1 });
      await until('a mark to come back', () => marked >= mark);
      return got;
    },
    clear: () => {
      got = [];
    },
  };
}
