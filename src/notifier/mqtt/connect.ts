/** A connection to an MQTT broker on which nothing is published later than it was asked for. */
import { isIP } from 'node:net';
import type { IClientOptions, IClientPublishOptions, MqttClient } from 'mqtt';
import { abortStream } from '../broker/abort-stream.ts';
import type { ServerAddress } from '../broker/server-address.ts';
import { windowOf } from '../broker/window.ts';
import type { TlsFiles } from '../tls-files.ts';

export interface MqttSettings {
  readonly address: ServerAddress;
  readonly clientId: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles;
}

export interface MqttConnection {
  isOpen(): boolean;
  /** The largest packet that the broker takes, in bytes, where it has announced one. */
  readonly maximumPacketSize: number | undefined;
  /** Resolves with the reason code of the broker's confirmation. Rejects when the connection fails. */
  publish(topic: string, payload: Buffer, options: IClientPublishOptions): Promise<number>;
  /** What is under way fails at once. */
  destroy(): void;
}

/** §3.2.2.3.3: what a broker means that does not say it. */
const usualReceiveMaximum = 65_535;
/** More than these at the same time bring nothing. */
const mostUnconfirmed = 1000;

/**
 * The library must keep nothing to publish later: no queue, no session on the broker, and no new connection by itself. A
 * client is used for one connection, with a store that dies with it.
 */
function optionsFor({ address, clientId, user, password, tls }: MqttSettings): IClientOptions {
  const { host, port, encrypts } = address;
  return {
    protocol: encrypts ? 'mqtts' : 'mqtt',
    host,
    port,
    ...(encrypts ? { ...tls, rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}) } : {}),
    protocolVersion: 5,
    clientId,
    clean: true,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    keepalive: 60,
    // Times are limited by whoever uses it, by `destroy`: so long no attempt takes.
    connectTimeout: 2 ** 31 - 1,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    manualConnect: true,
  };
}

export async function connectMqtt(
  make: (options: IClientOptions) => MqttClient,
  settings: MqttSettings,
  signal: AbortSignal,
): Promise<MqttConnection> {
  const client = make(optionsFor(settings));
  const pending: ((error: Error) => void)[] = [];
  let failure: Error | undefined;
  let window = windowOf(0);

  function fail(error: Error): void {
    if (failure !== undefined) return;
    failure = error;
    client.end(true);
    if (client.stream !== undefined) abortStream(client.stream);
    window.fail(error);
    for (const reject of pending.splice(0)) reject(error);
  }
  const destroy = (): void => fail(new Error('the connection was given up'));

  client.on('error', (error) => fail(withRemedy(error)));
  client.on('disconnect', ({ reasonCode = 0, properties }) => {
    const text = properties?.reasonString === undefined ? '' : `: ${properties.reasonString}`;
    fail(new Error(`the broker ended the connection with reason code ${reasonCode}${text}`));
  });
  client.on('close', () => fail(new Error('the connection was closed')));
  signal.addEventListener('abort', destroy, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      pending.push(reject);
      client.once('connect', () => resolve());
      client.connect();
    });
  } finally {
    signal.removeEventListener('abort', destroy);
    pending.splice(0);
  }
  const { receiveMaximum = usualReceiveMaximum, maximumPacketSize } = client.serverProperties ?? {};
  window = windowOf(Math.min(receiveMaximum, mostUnconfirmed));

  return {
    isOpen: () => failure === undefined && client.connected,
    maximumPacketSize,
    async publish(topic, payload, options) {
      await window.enter();
      try {
        return await new Promise<number>((resolve, reject) => {
          if (failure !== undefined) return reject(failure);
          pending.push(reject);
          client.publish(topic, payload, { ...options, qos: 1 }, (error, packet) => {
            pending.splice(pending.indexOf(reject), 1);
            if (packet !== undefined && 'reasonCode' in packet) resolve(packet.reasonCode ?? 0);
            else if (error) reject(error);
            else resolve(0);
          });
        });
      } finally {
        window.leave();
      }
    },
    destroy,
  };
}

/** Reason codes of a CONNACK (§3.2.2.2): bad user name or password, not authorized. */
const loginRefused: readonly unknown[] = [134, 135];

function withRemedy(error: Error): Error {
  if (!('code' in error) || !loginRefused.includes(error.code)) return error;
  return new Error(`${error.message} (${String(error.code)}); see mqtt_user and mqtt_password`);
}
