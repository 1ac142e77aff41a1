/** A row: events that wait are delivered to a webhook, one in a request, 32 at a time; beside it bare undici. */
import { barePosts } from '../bare-posts.ts';
import { startCountingReceiver } from '../counting-receiver.ts';
import { defineRow } from './row.ts';
import { drain } from './waiting.ts';

const waiting = 20_000;
const concurrency = 32;

export const webhook = defineRow({
  name: 'webhook',
  figures: {
    each: { what: 'webhook, one event in a request, 32 at a time', unit: 'us', before: '80 to 99', target: 45 },
  },
  async measure({ serve, scale, defer }) {
    const count = waiting * scale;
    const receiver = await startCountingReceiver(defer);
    const lines = () => [
      ...['notifiers: hook', 'hook_method: webhook', `hook_webhook_url: ${receiver.url}`, 'hook_from: beginning'],
      ...['order: none', `concurrency: ${concurrency}`],
    ];
    const each = await drain(await serve(lines, count), ['hook'], count);
    const body = JSON.stringify({ event: 'FlagsSet', padding: 'x'.repeat(400) });
    await barePosts(receiver, body, count / 4, concurrency);
    const bare = await barePosts(receiver, body, count, concurrency);
    return { each: { ...each, limit: { what: 'bare undici', value: bare.processorUs, perSecond: bare.perSecond } } };
  },
});
