/** The options of method webhook that say what its requests are made of. */
import type { Secret } from '../../base/secret.ts';
import { error, type OptionProblem } from '../../option/problem.ts';
import { secretOptions } from '../../option/secret.ts';
import { choice } from '../../option/types.ts';
import { parseSigningKeys } from './signing-keys.ts';

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
  readonly secret: Secret | undefined;
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
  ...secretOptions('secret', {
    description: 'The keys that sign each request (Standard Webhooks 1.0), separated by blanks, the current key first.',
    details:
      'whsec_ and 24 to 64 bytes in base64 is a key of HMAC-SHA256, whsk_ and 32 bytes in base64 a private key of ed25519. Every key makes a signature: while a key is being replaced, name the new one and the old one.',
    absent: 'requests are not signed',
    example: 'credential:crm-webhook-key',
  }),
};

/** What is wrong with keys that stand in the configuration itself. */
export function bodyProblems({ secret }: BodyValues): readonly OptionProblem[] {
  const keys = secret !== undefined && 'text' in secret ? parseSigningKeys(secret.text) : undefined;
  if (keys === undefined || !('wrong' in keys)) return [];
  return [{ option: 'secret', ...error(keys.wrong, 'make a key with: echo "whsec_$(openssl rand -base64 24)"') }];
}
