/** What an error of NATS means: whether this message can never be published, and a line with the remedy. */
import { messageOf } from '../../base/error.ts';
import { printable } from '../../base/printable.ts';
import type { Outcome } from '../notifier.ts';
import { connectionFault } from '../tls-files.ts';

/** `err_code` of JetStream: the message is larger than the stream's `max_msg_size`. */
const messageTooLarge = 10_054;

const remedies: readonly (readonly [RegExp, string])[] = [
  [/^jetstream is not enabled/i, 'no stream takes this subject, or the server or the account has no JetStream'],
  [/permissions violation/i, 'the user needs the permission to publish to it, and to subscribe to _INBOX.>'],
  [/authorization violation|authentication expired/i, 'the user, password, token, NKey or credentials are wrong'],
];

/** `server` names it. */
export function failureOf(thrown: unknown, server: string): Outcome {
  const message = connectionFault(thrown, 'nats');
  const remedy = remedies.find(([pattern]) => pattern.test(message))?.[1];
  const reason = printable(`${server}: ${message}${remedy === undefined ? '' : `; ${remedy}`}`, 500);
  return { status: isOfThisMessage(thrown) ? 'rejected' : 'retry', reason };
}

function isOfThisMessage(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown.name === 'JetStreamApiError' && 'code' in thrown) return thrown.code === messageTooLarge;
  return thrown.name === 'InvalidSubjectError' || /max_payload/.test(messageOf(thrown));
}
