/** The options of method webhook that say what its requests are made of. */
import { choice } from '../../option/types.ts';

export const formatNames = [
  'event',
  'envelope',
  'standard',
  'cloudevents',
  'cloudevents-binary',
  'cloudevents-batch',
  'ndjson',
  'ox',
] as const;

export type FormatName = (typeof formatNames)[number];

/** Those of which one request can hold several notifications. */
const severalFormats: readonly FormatName[] = ['envelope', 'cloudevents-batch', 'ndjson'];

export interface BodyValues {
  readonly format: FormatName;
}

export function takesSeveral({ format }: BodyValues): boolean {
  return severalFormats.includes(format);
}

export const bodyOptions = {
  format: choice(
    {
      description: 'What the body of a request is.',
      details:
        'event: the event as its sender wrote it. envelope: an object with the event in it, and the mailbox, its owner and the UIDs in members of their own. standard: {type, timestamp, data} of Standard Webhooks. cloudevents, cloudevents-binary: one CloudEvent. cloudevents-batch: an array of CloudEvents. ndjson: envelopes as lines. ox: what the OX driver of Dovecot sends, for new messages in an INBOX only.',
      default: 'event',
      example: 'envelope',
    },
    formatNames,
  ),
};
