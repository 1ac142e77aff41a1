/** A row: events that wait are published to a JetStream stream of a real NATS server; beside it the same client alone. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { readNats } from '../../e2e/brokers/nats-client.ts';
import { startNats } from '../../e2e/brokers/nats-server.ts';
import { alone } from './alone.ts';
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 50_000;
/** As many as belfry has in progress. */
const inProgress = 128;
const stream = { subjects: ['belfry.>'], storage: 'memory', max_bytes: 256 * 2 ** 20 } as const;

export const nats = defineRow({
  name: 'nats',
  figures: { each: { what: 'nats, published to JetStream, 50,000 waiting', unit: 'us', before: 'new', target: 60 } },
  async measure({ serve, scale, defer }) {
    const count = waiting * scale;
    const { port } = await startNats(defer);
    const { connection, addStream } = await readNats(port, defer);
    await addStream({ ...stream, subjects: [...stream.subjects], name: 'MAIL' });
    const lines = () => [
      ...['notifiers: out', 'out_method: nats', `out_nats_servers: nats://127.0.0.1:${port}`, 'out_from: beginning'],
      ...['out_nats_subject: belfry.events'],
    ];
    const served = await serve(lines, count);
    const each = await drain(served, ['out'], count);
    await served.daemon.stop();
    // What belfry has sent.
    const first = await (await jetstreamManager(connection)).streams.getMessage('MAIL', { seq: 1 });
    const body = first?.string() ?? '';
    const client = jetstream(connection);
    let sent = 0;
    const publish = async (): Promise<void> => {
      sent += 1;
      await client.publish('belfry.events', body, { msgID: `alone-${sent}` });
    };
    return { each: { ...each, limit: await alone('the client alone', count, inProgress, publish) } };
  },
});
