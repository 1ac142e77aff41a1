/** A row: events that wait are added to a stream of a real Redis; beside it the same client alone, with transactions as long. */
import { Redis } from 'ioredis';
import { startRedis } from '../../e2e/brokers/redis-server.ts';
import { alone } from './alone.ts';
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 100_000;
/** As many as belfry puts into a transaction. */
const together = 128;

export const redis = defineRow({
  name: 'redis',
  figures: { each: { what: 'redis, added to a stream, 100,000 waiting', unit: 'us', before: 'new', target: 40 } },
  async measure({ serve, scale, defer }) {
    const count = waiting * scale;
    const { port } = await startRedis(defer, ['--appendonly', 'no']);
    const lines = () => [
      ...['notifiers: out', 'out_method: redis', `out_redis_url: redis://127.0.0.1:${port}`, 'out_from: beginning'],
    ];
    const served = await serve(lines, count);
    const each = await drain(served, ['out'], count);
    await served.daemon.stop();
    const client = new Redis({ port, host: '127.0.0.1' });
    defer(() => client.disconnect());
    const [[, fields] = ['', []]] = await client.xrange('belfry', '-', '+', 'COUNT', 1);
    const entry = ['xadd', 'belfry', '*', ...fields];
    const commands = [['multi'], ...Array.from({ length: together }, () => entry), ['exec']];
    const add = async (): Promise<void> => {
      for (const [error] of (await client.pipeline(commands).exec()) ?? []) if (error) throw error;
    };
    return { each: { ...each, limit: await alone('the client alone', count, 1, add, together) } };
  },
});
