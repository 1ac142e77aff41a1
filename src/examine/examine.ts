/**
 * The first half of the pure part of an entry's way: decode, check, route. What follows is in `choose.ts`. Dispatch walks both
 * for every notifier, and `belfry explain` walks the same ones to say what would happen and why.
 */

import { isJsonObject, type JsonObject, type MailEvent, withDoubles } from '../base/event.ts';
import type { RawRequest, Request } from '../base/request.ts';
import { decodeEvent, eventLimits } from '../decode/event.ts';
import { parseImapUrl } from '../decode/imap-url.ts';
import { readJson } from '../decode/json.ts';
import { type MailboxName, mailboxOf, type Naming } from '../decode/mailbox.ts';
import { fromModifiedUtf7 } from '../decode/modified-utf7.ts';
import { decodeRaw } from '../decode/raw.ts';
import type { EventSchemas, Validity } from '../schema/event-schemas.ts';
import type { Barred, Routing } from './routing.ts';

/** Why a request cannot be passed on as it is. */
export interface Flaw {
  /** The step that found it: truncated, frame, json, event, uri, schema, method. */
  readonly stage: string;
  readonly message: string;
  readonly byte?: number;
}

export interface Examined {
  /** Absent when not even the frame could be read. */
  readonly request?: Request;
  /** Of class EVENT, once it could be read. */
  readonly event?: MailEvent;
  /** Whether its text has no blanks between its tokens. */
  readonly compact?: boolean;
  /** Whether the catalogue has the type of the event. */
  readonly known?: boolean;
  readonly imip?: JsonObject;
  readonly mailbox?: MailboxName;
  /** Of the request or of the event; empty when unknown. */
  readonly user: string;
  readonly recipients: ReadonlySet<string>;
  /** What a Sieve script asked for and may not reach. */
  readonly barred?: Barred;
  /** With a flaw there are no recipients: the request is unusable. */
  readonly flaw?: Flaw;
}

export interface ExamineParts {
  readonly schemas: EventSchemas;
  readonly rejectUnknownEvents: boolean;
  readonly routing: Routing;
}

const nobody: ReadonlySet<string> = new Set();

/** Reads and checks one request. Never throws. */
export function examine(raw: RawRequest, parts: ExamineParts): Examined {
  const frame = decodeRaw(raw);
  if (!frame.ok) return { user: '', recipients: nobody, flaw: frame.problem };
  const request = frame.value;
  if (request.dropped !== undefined) return { request, user: request.user, recipients: nobody };
  const seen = isEvent(request) ? examineEvent(request, parts) : examineOther(request);
  if (seen.flaw !== undefined) return seen;
  const recipients = parts.routing(request);
  if ('names' in recipients) {
    const { names, barred } = recipients;
    return barred === undefined ? { ...seen, recipients: names } : { ...seen, recipients: names, barred };
  }
  return { ...seen, flaw: { stage: 'method', message: recipients.refused } };
}

const isEvent = (request: Request): boolean => request.class.toUpperCase() === 'EVENT';

function examineEvent(request: Request, { schemas, rejectUnknownEvents }: ExamineParts): Examined {
  const decodedEvent = decodeEvent(request.message);
  if (!decodedEvent.ok) return { request, user: request.user, recipients: nobody, flaw: decodedEvent.problem };
  const event = decodedEvent.value;
  const validity = schemas.validate(decodedEvent.exact ? plainOf(event) : event);
  const user = request.user || textOf(event['user']) || textOf(event['userId']);
  const known = !validity.ok || validity.known;
  const seen = { request, event, user, recipients: nobody, known };
  if (!validity.ok) {
    return { ...seen, flaw: new Refusal(validity) };
  }
  if (!known && rejectUnknownEvents) {
    const message = `the type ${JSON.stringify(event.event)} has no schema, and unknown_events is reject`;
    return { ...seen, flaw: { stage: 'schema', message } };
  }
  const mailbox = mailboxIn(event, request.naming);
  // Not begun with `...seen`: see the comment in `dispatch/observer.ts`.
  const compact = decodedEvent.compact === true;
  return { request, event, user, recipients: nobody, known, compact, ...(mailbox === undefined ? {} : { mailbox }) };
}

/** What its schema says of it, once somebody wants to know. */
class Refusal implements Flaw {
  readonly stage = 'schema';
  readonly #validity: Extract<Validity, { ok: false }>;

  constructor(validity: Extract<Validity, { ok: false }>) {
    this.#validity = validity;
  }

  get message(): string {
    return this.#validity.errors.map(({ message }) => message).join('; ');
  }
}

/** For the schemas, which know no other numbers than doubles. */
function plainOf(event: MailEvent): MailEvent {
  const parameters = Object.entries(event).map(([name, value]) => [name, withDoubles(value)] as const);
  return Object.assign(Object.fromEntries(parameters), { event: event.event });
}

function examineOther(request: Request): Examined {
  const { user } = request;
  // As the server has it in its files.
  const name = fromModifiedUtf7(request.mailbox) ?? request.mailbox;
  const mailbox = { name, owner: user, separator: undefined, inbox: /^inbox$/i.test(name) };
  const imip = request.class.toUpperCase() === 'IMIP' ? jsonObject(request.message) : undefined;
  return {
    request,
    user,
    recipients: nobody,
    ...(name === '' ? {} : { mailbox }),
    ...(imip === undefined ? {} : { imip }),
  };
}

function jsonObject(text: string): JsonObject | undefined {
  const json = readJson(text, eventLimits);
  return json.ok && isJsonObject(json.value) ? json.value : undefined;
}

/** The mailbox that the event's `uri` names. Only an event of a type without schema can have a `uri` that is none. */
function mailboxIn(event: MailEvent, naming: Naming | undefined): MailboxName | undefined {
  const uri = event['uri'];
  if (typeof uri !== 'string') return undefined;
  const url = parseImapUrl(uri);
  return url.ok ? mailboxOf(url.value, naming) : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
