/** A row: events that wait are delivered to a webhook, 50 in a request; beside it bare undici that sends the same batches. */
import { barePosts } from '../bare-posts.ts';
import { startCountingReceiver } from '../counting-receiver.ts';
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 100_000;
const batch = 50;
const concurrency = 8;
/** About what an envelope of FlagsSet takes. */
const line = `${JSON.stringify({ event: 'FlagsSet', padding: 'x'.repeat(800) })}\n`;

export const webhookBatches = defineRow({
  name: 'webhook-batches',
  figures: {
    each: { what: `webhook, ${batch} events in a request (ndjson)`, unit: 'us', before: 'new', target: 25 },
  },
  async measure({ serve, scale, defer }) {
    const count = waiting * scale;
    const receiver = await startCountingReceiver(defer);
    const lines = () => [
      ...['notifiers: hook', 'hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_from: beginning'],
      ...['hook_webhook_format: ndjson', `hook_webhook_batch: ${batch}`],
      ...['order: none', `concurrency: ${concurrency}`],
    ];
    const each = await drain(await serve(lines, count), ['hook'], count);
    const body = line.repeat(batch);
    await barePosts(receiver, body, count / batch / 4, concurrency);
    const bare = await barePosts(receiver, body, count / batch, concurrency);
    const limit = { what: 'bare undici', value: bare.processorUs / batch, perSecond: bare.perSecond * batch };
    return { each: { ...each, limit } };
  },
});
