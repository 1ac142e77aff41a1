/** A connection to an AMQP broker with one channel, on which nothing is published later than it was asked for. */
import { isIP } from 'node:net';
import type { ChannelModel, connect, Options } from 'amqplib';
import { messageOf } from '../../base/error.ts';
import type { ServerAddress } from '../broker/server-address.ts';
import { windowOf } from '../broker/window.ts';
import type { TlsFiles } from '../tls-files.ts';

export interface AmqpSettings {
  readonly address: ServerAddress;
  readonly vhost: string;
  readonly user: string;
  readonly password: string;
  readonly tls: TlsFiles;
}

/** Where a message goes, and what the broker is told about it. Its id is unique among those under way. */
interface AmqpMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly id: string;
  readonly content: Buffer;
  readonly properties: Options.Publish;
}

export interface AmqpConnection {
  isOpen(): boolean;
  /** Resolves when the broker has routed and confirmed it. Rejects with why not, or when the connection fails. */
  publish(message: AmqpMessage): Promise<void>;
  /** What is under way fails at once. */
  destroy(): void;
}

/** More messages than these without a confirmation bring nothing. */
const mostUnconfirmed = 256;

/** The library makes no new connection by itself; a channel that the broker closes is given up with its connection. */
export async function connectAmqp(
  open: typeof connect,
  { address, vhost, user, password, tls }: AmqpSettings,
  signal: AbortSignal,
): Promise<AmqpConnection> {
  const { host, port, encrypts } = address;
  // The only handle on the socket while it connects.
  const life = new AbortController();
  const window = windowOf(mostUnconfirmed);
  const pending = new Set<(error: Error) => void>();
  const returned = new Map<string, string>();
  let failure: Error | undefined;
  let blocked: string | undefined;

  function fail(error: Error): void {
    if (failure !== undefined) return;
    failure = error;
    life.abort();
    window.fail(error);
    for (const reject of pending) reject(error);
    pending.clear();
  }
  const destroy = (): void => fail(new Error('the connection was given up'));
  /** What the library owes may never come after its socket is gone. */
  function orFailure<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      pending.add(reject);
      promise.then(resolve, reject).finally(() => pending.delete(reject));
    });
  }

  function watch(model: ChannelModel): void {
    model.on('error', fail);
    model.on('close', (error?: Error) => fail(error ?? new Error('the broker closed the connection')));
    model.on('blocked', (reason) => {
      blocked = reason;
    });
    model.on('unblocked', () => {
      blocked = undefined;
    });
  }

  signal.addEventListener('abort', destroy, { once: true });
  try {
    const model = await orFailure(
      open(
        {
          protocol: encrypts ? 'amqps' : 'amqp',
          hostname: host,
          port,
          username: user,
          password,
          vhost: encodeURIComponent(vhost),
        },
        {
          ...{ noDelay: true, keepAlive: true, clientProperties: { connection_name: 'belfry' } },
          ...(encrypts ? { ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) } : {}),
          ...{ signal: life.signal },
        },
      ),
    );
    watch(model);
    const channel = await orFailure(model.createConfirmChannel());
    channel.on('error', fail);
    channel.on('close', () => fail(new Error('the broker closed the channel')));
    channel.on('return', ({ fields, properties }) => {
      const { replyCode, replyText } = fields as { readonly replyCode?: number; readonly replyText?: string };
      returned.set(String(properties.messageId), `${replyText ?? 'returned'} (${replyCode ?? 0})`);
    });
    return {
      isOpen: () => failure === undefined,
      async publish({ exchange, routingKey, id, content, properties }) {
        if (blocked !== undefined) throw new Error(`the broker takes no messages now: ${blocked}`);
        await window.enter();
        try {
          const options = { ...properties, messageId: id, persistent: true, mandatory: true };
          // A message that is returned is confirmed as well, after that.
          await orFailure(
            new Promise<void>((resolve, reject) => {
              channel.publish(exchange, routingKey, content, options, (error: unknown) => {
                if (error) reject(error instanceof Error ? error : new Error(messageOf(error)));
                else resolve();
              });
            }),
          );
        } finally {
          window.leave();
        }
        const why = returned.get(id);
        if (why === undefined) return;
        returned.delete(id);
        throw new Error(`no queue is bound for it: ${why}`);
      },
      destroy,
    };
  } catch (thrown) {
    const first = failure ?? thrown;
    destroy();
    throw first;
  } finally {
    signal.removeEventListener('abort', destroy);
  }
}
