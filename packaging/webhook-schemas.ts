/** JSON Schemas of what a webhook receives beside events: the headers of each request, and the envelope of what is no event. */

/** As `src/notifier/webhook.ts` sends them. Those of HTTP itself (host, connection, content-length) are not among them. */
export const headersSchema = {
  description: 'The headers of each request that a webhook gets, by their names in lower case.',
  type: 'object',
  properties: {
    'content-type': { description: 'The type of the body: application/json in the default format.', type: 'string' },
    'webhook-id': {
      description:
        'Names the notification, the same at each attempt: a receiver that has taken it answers 2xx again and does nothing (Standard Webhooks).',
      type: 'string',
      pattern: '^[!-\\-/-~]+$',
    },
    'webhook-timestamp': {
      description: 'When the attempt began, in seconds since 1970 (Standard Webhooks).',
      type: 'string',
      pattern: '^[0-9]+$',
    },
    'webhook-signature': {
      description: 'The signatures, where NAME_webhook_secret is set (Standard Webhooks).',
      type: 'string',
      pattern: '^v1a?,[^ ]+(?: v1a?,[^ ]+)*$',
    },
    'content-encoding': {
      description: 'Present where the body is compressed (NAME_webhook_compress).',
      type: 'string',
      const: 'gzip',
    },
    'belfry-coalesced': {
      description: 'For how many notifications it stands, itself among them. Absent: for itself alone.',
      type: 'string',
      pattern: '^[0-9]+$',
    },
    'belfry-test': { description: 'Present where belfry test has sent it.', type: 'string', const: 'yes' },
    'user-agent': { description: 'belfry with its version.', type: 'string', pattern: '^belfry/' },
    'accept-encoding': { description: 'An answer should not be compressed.', type: 'string', const: 'identity' },
    authorization: {
      description: 'What NAME_webhook_authorization or NAME_webhook_token says, or a user and a password (RFC 7617).',
      type: 'string',
    },
  },
  required: ['content-type', 'webhook-id', 'webhook-timestamp', 'user-agent', 'accept-encoding'],
} as const;

/** As `src/examine/notification.ts` makes it. */
export const envelopeSchema = {
  title: 'A request that is no event',
  description:
    'What a mail server sends beside events: messages for people (class MAIL, SIEVE and others) and invitations (class IMIP).',
  type: 'object',
  properties: {
    class: { description: 'The class of the request, such as SIEVE. Never EVENT.', type: 'string' },
    method: { description: 'The method that the sender asks for; often empty.', type: 'string' },
    priority: { description: 'The priority that the sender gave it; often empty.', type: 'string' },
    user: { description: 'Whom it is for.', type: 'string' },
    mailbox: { description: 'The name of the mailbox, in Unicode; can be empty.', type: 'string' },
    options: {
      description: 'What the sender says beside the message: for class SIEVE the options of the script.',
      type: 'array',
      items: { type: 'string' },
    },
    message: { description: 'The text of the request. Absent when imip is there.', type: 'string' },
    imip: { description: 'The message of class IMIP, where it is a JSON object.', type: 'object' },
    fname: { description: 'The file that the sender named.', type: 'string' },
  },
  required: ['class', 'method', 'priority', 'user', 'mailbox', 'options'],
} as const;
