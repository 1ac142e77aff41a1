/** Reads a NATS server back, as a subscriber and as a consumer of a stream do. */
import { jetstream, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Defer } from '../workspace.ts';

interface Message {
  readonly subject: string;
  readonly id: string;
  readonly receivedAt: string;
  readonly body: string;
}

export interface NatsReader {
  readonly connection: NatsConnection;
  /** What subscribers of `subject` get from now on; whoever asks gets all that the server has had before. */
  subscribe(subject: string): Promise<() => Promise<readonly Message[]>>;
  /** Makes a stream; `name` is unused or has the same subjects. */
  addStream(config: { readonly name: string; readonly subjects: string[] } & Partial<StreamConfig>): Promise<void>;
  /** All that a stream holds. */
  stored(name: string): Promise<readonly Message[]>;
  purge(name: string): Promise<void>;
}

interface RawMessage {
  readonly subject: string;
  readonly headers?: { get(name: string): string } | undefined;
  string(): string;
}

const read = (raw: RawMessage): Message => ({
  subject: raw.subject,
  id: raw.headers?.get('Nats-Msg-Id') ?? '',
  receivedAt: raw.headers?.get('Belfry-Received-At') ?? '',
  body: raw.string(),
});

/** `options` are those of the client, beside the port. Connects again after a restart of the server. */
export async function readNats(port: number, defer: Defer, options: object = {}): Promise<NatsReader> {
  const connection = await connect({
    servers: `127.0.0.1:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    ...options,
  });
  defer(() => connection.close());
  const manager = () => jetstreamManager(connection);
  return {
    connection,
    async subscribe(subject) {
      const got: Message[] = [];
      connection.subscribe(subject, { callback: (_, message) => void got.push(read(message)) });
      await connection.flush();
      return async () => {
        await connection.flush();
        return got;
      };
    },
    addStream: async (config) => void (await (await manager()).streams.add(config)),
    async stored(name) {
      const { state } = await (await manager()).streams.info(name);
      const all: Message[] = [];
      if (state.messages === 0) return all;
      const consumer = await jetstream(connection).consumers.get(name);
      for await (const message of await consumer.consume()) {
        all.push(read(message));
        if (message.info.pending === 0) break;
      }
      return all;
    },
    purge: async (name) => void (await (await manager()).streams.purge(name)),
  };
}
