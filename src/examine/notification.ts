/** Makes what a notifier gets out of what was examined. */
import { type Json, type JsonObject, type MailEvent, writeJson } from '../base/event.ts';
import { escapedJson } from '../base/printable.ts';
import type { Entry, Request } from '../base/request.ts';
import type { Notification } from '../notifier/notifier.ts';

interface About {
  readonly user: string;
  readonly mailbox: string;
}

/** How the text of the request stands to the event. */
interface Text {
  /** Whether the filters took anything out of the event. */
  readonly isChanged: boolean;
  /** See `Examined.compact`. */
  readonly compact: boolean;
}

/** For a request of class EVENT: the event as the filters left it. */
export function eventNotification(
  entry: Entry,
  request: Request,
  event: MailEvent,
  text: Text,
  about: About,
): Notification {
  return new EventNotification(entry, request, event, text, about);
}

/** A class, because an object that has a getter of its own takes the engine many times as long to make. */
class EventNotification implements Notification {
  readonly id: string;
  readonly receivedAt: number;
  readonly class: string;
  readonly event: string;
  readonly method: string;
  readonly priority: string;
  readonly user: string;
  readonly mailbox: string;
  readonly options: readonly string[];
  declare readonly fname?: string;
  declare readonly messageCharset?: 'latin1';
  declare readonly naming?: 'user';
  readonly payload: MailEvent;
  #message: string | undefined;
  /** The payload as its sender wrote it, where that is one line of JSON without blanks between its tokens. */
  readonly #text: string | undefined;
  #printable: string | undefined;

  constructor(
    entry: Entry,
    request: Request,
    event: MailEvent,
    { isChanged, compact }: Text,
    { user, mailbox }: About,
  ) {
    this.id = entry.id;
    this.receivedAt = entry.receivedAt;
    this.class = request.class;
    this.event = event.event;
    this.method = request.method;
    this.priority = request.priority;
    this.user = user;
    this.mailbox = mailbox;
    this.options = request.options;
    if (request.fname !== undefined) this.fname = request.fname;
    if (request.naming !== undefined) this.naming = request.naming;
    this.payload = event;
    this.#text = compact && !isChanged ? request.message : undefined;
    if (isChanged) return;
    this.#message = request.message;
    if (request.messageCharset !== undefined) this.messageCharset = request.messageCharset;
  }

  /** Only made when somebody wants it. */
  get message(): string {
    this.#message ??= writeJson(this.payload);
    return this.#message;
  }

  get printable(): string {
    this.#printable ??= escapedJson(this.#text ?? writeJson(this.payload));
    return this.#printable;
  }
}

/**
 * For any other class: the request in its envelope, with the `mailbox` as it was decoded. An IMIP message that is JSON (Cyrus `imap/itip_support.c`) is the
 * object `imip` of the envelope, and `message` as well, for receivers that want it as it came.
 */
export function requestNotification(
  entry: Entry,
  request: Request,
  mailbox: string,
  imip: JsonObject | undefined,
): Notification {
  const { method, priority, user, options, message, fname } = request;
  const payload: Record<string, Json> = { class: request.class, method, priority, user, mailbox, options };
  if (imip === undefined) payload['message'] = message;
  else payload['imip'] = imip;
  if (fname !== undefined) payload['fname'] = fname;
  return { id: entry.id, receivedAt: entry.receivedAt, ...request, mailbox, payload };
}
