/** Makes what a notifier is told out of what was examined. */
import stableStringify from 'fast-json-stable-stringify';
import type { Json, JsonObject, MailEvent } from '../event.ts';
import type { Notification } from '../notifier/notifier.ts';
import type { Entry, Request } from '../request.ts';

interface About {
  readonly user: string;
  readonly mailbox: string;
}

/** For a request of class EVENT: the event as the filters left it. Its text is only made when somebody wants it. */
export function eventNotification(
  entry: Entry,
  request: Request,
  event: MailEvent,
  { user, mailbox }: About,
): Notification {
  let message: string | undefined;
  return {
    id: entry.id,
    receivedAt: entry.receivedAt,
    class: request.class,
    event: event.event,
    method: request.method,
    priority: request.priority,
    user,
    mailbox,
    options: request.options,
    get message() {
      message ??= stableStringify(event);
      return message;
    },
    ...(request.fname === undefined ? {} : { fname: request.fname }),
    payload: event,
  };
}

/**
 * For any other class: the request in its envelope. An IMIP message that is JSON (Cyrus `imap/itip_support.c`) is the
 * object `imip` of the envelope, and `message` as well, for those who want it as it came.
 */
export function requestNotification(entry: Entry, request: Request, imip: JsonObject | undefined): Notification {
  const { method, priority, user, mailbox, options, message, fname } = request;
  const payload: Record<string, Json> = { class: request.class, method, priority, user, mailbox, options };
  if (imip === undefined) payload['message'] = message;
  else payload['imip'] = imip;
  if (fname !== undefined) payload['fname'] = fname;
  return { id: entry.id, receivedAt: entry.receivedAt, ...request, payload };
}
