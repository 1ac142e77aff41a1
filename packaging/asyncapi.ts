/** The AsyncAPI document of what a webhook receives from belfry. */
import type { Json, JsonObject } from '../src/base/event.ts';
import type { EventDescription } from '../src/schema/event-schemas.ts';
import { bodySchemas, cloudEventHeadersSchema } from './body-schemas.ts';
import { envelopeSchema, headersSchema } from './webhook-schemas.ts';

/**
 * A document of AsyncAPI 3.0 whose application is the receiver. Its schemas are of the default format, which extends
 * draft-07 of JSON Schema: what the schemas of events consist of means the same there.
 */
export function asyncApi(
  events: ReadonlyMap<string, JsonObject>,
  catalogue: readonly EventDescription[],
  version: string,
): JsonObject {
  const messages = new Map<string, Json>();
  for (const { name, groups, title, description } of catalogue) {
    const { $schema: _, $id: _id, examples, ...payload } = events.get(name) ?? {};
    messages.set(name, {
      ...message(name, title, description, payload),
      ...(groups.length === 0 ? {} : { tags: groups.map((group) => ({ name: group })) }),
      ...(Array.isArray(examples) ? { examples: examples.map((example) => ({ payload: example })) } : {}),
    });
  }
  const { title, description } = envelopeSchema;
  messages.set('Request', message('Request', title, description, envelopeSchema));
  messages.set('OtherEvent', message('OtherEvent', 'Any other event', otherEvent.description, otherEvent));
  for (const [name, { format, batched, contentType, schema }] of Object.entries(bodySchemas)) {
    const { title = name, description = '' } = schema;
    const headers = format === 'cloudevents-binary' ? { headers: binaryHeaders } : {};
    const summary = `${String(description)} It comes with NAME_webhook_format: ${format}${batched ? ' where NAME_webhook_batch is more than 1' : ''}.`;
    messages.set(name, { ...message(name, String(title), summary, schema), contentType, ...headers });
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'What a webhook receives from belfry',
      version,
      description:
        'belfry POSTs each notification to the URL of a notifier with NAME_method: webhook. In the default format the body is one event, or a request that is no event, as JSON. The other formats (NAME_webhook_format) have a message each, but for templates, whose body the administrator writes.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: {
      webhook: {
        // Not known here: it is NAME_webhook_url.
        address: null,
        title: 'The URL of the receiver',
        description: 'What NAME_webhook_url says.',
        messages: Object.fromEntries(
          [...messages.keys()].map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
      },
    },
    operations: {
      receive: {
        action: 'receive',
        channel: { $ref: '#/channels/webhook' },
        title: 'Take a notification',
        description:
          'A status 2xx takes the notification. 400, 413 and 422 reject it: it becomes a dead letter. Any other status is tried again; 429 and 503 with Retry-After pause the notifier until then, and 410 pauses it until an administrator resumes it (belfry queue resume NAME) or reloads belfry. A redirect is not followed. A notification can come more than once, with the same webhook-id.',
        bindings: { http: { method: 'POST', bindingVersion: '0.3.0' } },
      },
    },
    components: { messages: Object.fromEntries(messages), schemas: { headers: { ...headersSchema } } },
  };
}

const otherEvent = {
  description:
    'An event of a type that has no schema, which unknown_events: pass lets through. No parameter is checked.',
  type: 'object',
  properties: { event: { description: 'The type of the event.', type: 'string' } },
  required: ['event'],
} as const;

const binaryHeaders = { type: 'object', allOf: [{ $ref: '#/components/schemas/headers' }, cloudEventHeadersSchema] };

function message(name: string, title: string, summary: string, payload: JsonObject): JsonObject {
  return {
    name,
    title,
    summary,
    contentType: 'application/json',
    headers: { $ref: '#/components/schemas/headers' },
    correlationId: {
      description: 'The same at each attempt for one notification.',
      location: '$message.header#/webhook-id',
    },
    payload: { ...payload },
  };
}
