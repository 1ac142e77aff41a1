/** JSON Schemas of the bodies of a webhook by NAME_webhook_format, beside the default format, whose body is the event. */
import type { JsonObject } from '../src/base/event.ts';

const orNull = (schema: JsonObject): JsonObject => ({ anyOf: [schema, { type: 'null' }] });
const time = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$';
const data = {
  description: 'The event, or the request of another class: the body of the default format.',
  type: 'object',
};
const id = { description: 'The id of the request, the same at each attempt.', type: 'string' };

const mailbox = {
  description: 'The mailbox, where there is one.',
  type: 'object',
  properties: {
    name: { description: 'As the mail server writes it, in Unicode.', type: 'string' },
    owner: orNull({ description: 'Null: it is shared.', type: 'string' }),
    path: { description: 'Its levels below what belongs to the owner.', type: 'array', items: { type: 'string' } },
    separator: orNull({ type: 'string', enum: ['/', '.'] }),
    specialUse: { description: 'Attributes such as \\Junk.', type: 'array', items: { type: 'string' } },
  },
  required: ['name', 'owner', 'path', 'separator', 'specialUse'],
};

/** As `src/notifier/envelope.ts` makes it. */
const envelope = {
  title: 'Format envelope: a notification with its mailbox and its UIDs',
  description: 'All members but coalesced are always there; what is unknown or absent is null.',
  type: 'object',
  properties: {
    id,
    receivedAt: { description: 'When belfry received it.', type: 'string', pattern: time },
    event: orNull({ description: 'The type of the event. Null for a request of another class.', type: 'string' }),
    user: orNull({ description: 'Who caused the event, or whom the request is for.', type: 'string' }),
    mailbox: orNull(mailbox),
    uidvalidity: orNull({ description: 'UIDVALIDITY of the mailbox.', type: 'integer' }),
    uidset: orNull({ description: 'The UIDs as the event has them, such as 3:5,9.', type: 'string' }),
    uids: orNull({
      description: 'The same in rising order, where they are at most 1,000.',
      type: 'array',
      maxItems: 1000,
      items: { type: 'integer' },
    }),
    coalesced: {
      description: 'Only where it stands for earlier notifications as well (NAME_throttle, NAME_debounce).',
      type: 'object',
      properties: {
        count: { description: 'For how many, itself among them.', type: 'integer', minimum: 2 },
        firstReceivedAt: { description: 'When belfry received the first of them.', type: 'string', pattern: time },
      },
      required: ['count', 'firstReceivedAt'],
    },
    data,
  },
  required: ['id', 'receivedAt', 'event', 'user', 'mailbox', 'uidvalidity', 'uidset', 'uids', 'data'],
};

/** As `src/notifier/webhook/standard-format.ts` makes it. */
const standard = {
  title: 'Format standard: the body that Standard Webhooks recommends',
  description: 'An event with its type and time beside it.',
  type: 'object',
  properties: {
    type: { description: 'The type of the event, or the class of another request.', type: 'string', minLength: 1 },
    timestamp: { description: 'When it happened.', type: 'string', pattern: time },
    data,
  },
  required: ['type', 'timestamp', 'data'],
};

const attributes = {
  specversion: { description: 'The version of CloudEvents.', type: 'string', const: '1.0' },
  id,
  source: { description: 'imap:// and the name of the mail server (servername).', type: 'string', pattern: '^imap://' },
  type: {
    description: 'org.ietf.rfc5423. and the type of an event, org.cyrusimap.notify. and the class of another request.',
    type: 'string',
    pattern: '^org\\.(?:ietf\\.rfc5423|cyrusimap\\.notify)\\.[!-~]+$',
  },
  time: { description: 'When it happened.', type: 'string', pattern: time },
  subject: { description: 'The name of the mailbox.', type: 'string', minLength: 1 },
  coalesced: {
    description: 'For how many notifications it stands, itself among them. Absent: for itself alone.',
    type: 'string',
    pattern: '^[0-9]+$',
  },
};
const always = ['specversion', 'id', 'source', 'type', 'time'];

/** As `src/notifier/webhook/cloudevents-format.ts` makes it. */
const cloudEvent = {
  title: 'Format cloudevents: an event of CloudEvents 1.0',
  description: 'An event with the attributes of CloudEvents.',
  type: 'object',
  properties: {
    ...attributes,
    datacontenttype: { description: 'Of data.', type: 'string', const: 'application/json' },
    data,
  },
  required: [...always, 'datacontenttype', 'data'],
};

/** The headers of format cloudevents-binary, beside those that every request has. */
export const cloudEventHeadersSchema = {
  description: 'The attributes of CloudEvents, as headers.',
  type: 'object',
  properties: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value])),
  required: always.map((name) => `ce-${name}`),
};

/** As `src/notifier/webhook/ox-format.ts` makes it. */
const ox = {
  title: 'Format ox: what the OX driver of Dovecot sends',
  description: 'A new message in an INBOX. It comes by PUT.',
  type: 'object',
  properties: {
    user: { description: 'The owner of the INBOX.', type: 'string' },
    event: { type: 'string', const: 'messageNew' },
    folder: { type: 'string', const: 'INBOX' },
    'imap-uidvalidity': { description: 'UIDVALIDITY of the INBOX.', type: 'integer' },
    'imap-uid': { description: 'The UID of the message.', type: 'integer' },
    from: { description: 'The header field From, its encoded words not decoded.', type: 'string' },
    subject: { description: 'The header field Subject, its encoded words not decoded.', type: 'string' },
    snippet: { description: 'The beginning of the text.', type: 'string' },
    unseen: { description: 'How many messages nobody has read.', type: 'integer' },
  },
  required: ['user', 'event', 'folder', 'imap-uidvalidity', 'imap-uid'],
};

export interface BodySchema {
  /** The value of NAME_webhook_format, and whether it is that of a notifier with batches. */
  readonly format: string;
  readonly batched?: true;
  readonly contentType: string;
  readonly schema: JsonObject;
}

/** By the names of the messages in the AsyncAPI document. The formats `event` and `template` are not among them. */
export const bodySchemas: Readonly<Record<string, BodySchema>> = {
  Envelope: { format: 'envelope', contentType: 'application/json', schema: envelope },
  EnvelopeBatch: {
    format: 'envelope',
    batched: true,
    contentType: 'application/json',
    schema: {
      title: 'Format envelope in batches',
      description: 'Envelopes in the order of their delivery.',
      type: 'array',
      minItems: 1,
      items: envelope,
    },
  },
  EnvelopeLines: {
    format: 'ndjson',
    contentType: 'application/x-ndjson',
    schema: {
      title: 'Format ndjson: an envelope on each line',
      description: 'Each line is JSON as message Envelope has it. The last one ends, too.',
      type: 'string',
      pattern: '^(?:\\{[^\\n]*\\}\\n)+$',
    },
  },
  StandardWebhook: { format: 'standard', contentType: 'application/json', schema: standard },
  CloudEvent: {
    format: 'cloudevents',
    contentType: 'application/cloudevents+json; charset=utf-8',
    schema: cloudEvent,
  },
  CloudEventBinary: {
    format: 'cloudevents-binary',
    contentType: 'application/json',
    schema: { ...data, title: 'Format cloudevents-binary: the attributes of CloudEvents are headers' },
  },
  CloudEventBatch: {
    format: 'cloudevents-batch',
    contentType: 'application/cloudevents-batch+json; charset=utf-8',
    schema: {
      title: 'Format cloudevents-batch',
      description: 'Events of CloudEvents in the order of their delivery.',
      type: 'array',
      minItems: 1,
      items: cloudEvent,
    },
  },
  Ox: { format: 'ox', contentType: 'application/json; charset=utf-8', schema: ox },
};

/** The bodies that are one object, by the names of their TypeScript types. */
export const bodyTypes: Readonly<Record<string, JsonObject>> = {
  WebhookEnvelope: envelope,
  StandardWebhook: standard,
  MailCloudEvent: cloudEvent,
  OxNotification: ox,
};
