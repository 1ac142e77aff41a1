/** The endpoint of live events: server-sent events (WHATWG HTML §9.2), which `Last-Event-ID` goes on with. */
import { z } from 'zod';
import type { LiveMessage } from '../../live-client.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

const query = z.strictObject({
  event: z.string().max(256).optional(),
  user: z.string().max(256).optional(),
  mailbox: z.string().max(2048).optional(),
  /** Only what this notifier does not filter. */
  notifier: z.string().max(256).optional(),
});

/** An update has no id, so that a client goes on after the newest and not after the one that changed last. */
function textOf(message: LiveMessage): string {
  if ('alive' in message) return ': alive\n\n';
  if ('skipped' in message) return `event: skipped\ndata: {"count":${message.skipped}}\n\n`;
  // Without data no event, but an id to go on with.
  if ('begins' in message) return `id: ${message.begins}\n\n`;
  const { row, isUpdate } = message;
  return `event: entry\n${isUpdate ? '' : `id: ${row.id}\n`}data: ${JSON.stringify(row)}\n\n`;
}

async function* texts(messages: AsyncIterable<LiveMessage>): AsyncGenerator<string, void, void> {
  yield 'retry: 2000\n\n';
  for await (const message of messages) yield textOf(message);
}

export const liveEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...{ method: 'GET', path: '/api/events/live', access: 'read', query, answer: { type: 'text/event-stream' } },
    summary:
      'Events as they come, and again when something has become of them. "entry" has a row as of /api/events, "skipped" the number of events that were left out.',
    handle: ({ query: filter, header, signal }, { live }) => ({
      events: texts(live.watch(filter, header('last-event-id') || undefined, signal)),
    }),
  }),
];
