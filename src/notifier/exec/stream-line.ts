/** The line of JSON that a program in stream mode reads for each notification. */
import { shownCoalesced } from '../../base/coalesced.ts';
import { writeJson } from '../../base/event.ts';
import { escapedJson } from '../../base/printable.ts';
import type { Delivery } from '../notifier.ts';

/**
 * `{id, attempt, receivedAt, class, event?, user, mailbox, charset?, coalesced?, payload}` and a newline; there is none within, nor
 * anything else that some readers take for the end of a line (readline of Node 24: U+2028). `charset`
 * is `latin1` where the message is not UTF-8: written in it, the text of the payload is the bytes that were sent.
 */
export function streamLine({ notification, attempt }: Delivery): string {
  const {
    id,
    receivedAt,
    class: requestClass,
    event,
    user,
    mailbox,
    messageCharset,
    payload,
    printable,
    coalesced,
  } = notification;
  const type = event === undefined ? '' : `"event":${json(event)},`;
  const charset = messageCharset === undefined ? '' : `"charset":"${messageCharset}",`;
  const more = coalesced === undefined ? '' : `"coalesced":${JSON.stringify(shownCoalesced(coalesced))},`;
  return (
    `{"id":${JSON.stringify(id)},"attempt":${attempt},"receivedAt":"${new Date(receivedAt).toISOString()}",` +
    `"class":${json(requestClass)},${type}"user":${json(user)},` +
    `"mailbox":${json(mailbox)},${charset}${more}"payload":${printable ?? escapedJson(writeJson(payload))}}\n`
  );
}

const json = (text: string): string => escapedJson(JSON.stringify(text));
