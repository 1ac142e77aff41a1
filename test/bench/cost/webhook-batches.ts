/** A row: events that wait are delivered to a webhook, 50 in a request; beside it bare undici that sends the same batches. */
import { barePosts } from '../bare-posts.ts';
import { startCountingReceiver } from '../counting-receiver.ts';
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 100_000;
const batch = 50;
const concurrency = 8;

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
    const served = await serve(lines, count);
    const each = await drain(served, ['hook'], count);
    await served.daemon.stop();
    // What belfry has sent.
    const body = await receiver.last();
    await barePosts(receiver, body, count / batch, concurrency);
    const bare = await barePosts(receiver, body, count / batch, concurrency);
    const held = body.trimEnd().split('\n').length;
    const limit = { what: 'bare undici', value: bare.processorUs / held, perSecond: bare.perSecond * held };
    return { each: { ...each, limit } };
  },
});
