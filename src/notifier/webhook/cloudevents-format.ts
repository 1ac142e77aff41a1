/** Formats cloudevents, cloudevents-binary and cloudevents-batch: CloudEvents 1.0.2 over HTTP. */
import type { JsonObject } from '../../base/event.ts';
import { type TraceContext, writtenTrace } from '../../base/trace-context.ts';
import type { Notification } from '../notifier.ts';
import { type BodyFormat, bodyFormat, type FormatContext, type Write } from './body-format.ts';
import { timeOf, typeOf } from './occurrence.ts';

/** An attribute that is too long for a header is left out. */
const longestSubject = 1024;
/** What no attribute may hold (CloudEvents 1.0.2 §3.1): control characters, halves of pairs, noncharacters. */
const notInAttributes = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * The attributes of a notification. `id` is belfry's, the same at each attempt; `source` names the mail server (`servername`).
 * `type` is `org.ietf.rfc5423.` and the type of an event, or `org.cyrusimap.notify.` and the class of another request.
 * `subject` is the mailbox. The extension `coalesced` says how many notifications it stands for, if not for itself alone;
 * `traceparent` and `tracestate` (Distributed Tracing) which trace it belongs to.
 */
function attributesOf(
  notification: Notification,
  { services }: FormatContext,
  trace: TraceContext | undefined,
): Readonly<Record<string, string>> {
  const { id, mailbox, event, coalesced } = notification;
  const subject = mailbox.length > longestSubject || notInAttributes.test(mailbox) ? '' : mailbox;
  return {
    specversion: '1.0',
    id,
    source: `imap://${encodeURIComponent(services.servername.toWellFormed())}`,
    type: `${event === undefined ? 'org.cyrusimap.notify' : 'org.ietf.rfc5423'}.${typeOf(notification)}`,
    time: timeOf(notification),
    ...(subject === '' ? {} : { subject }),
    ...(coalesced === undefined ? {} : { coalesced: String(coalesced.count) }),
    ...(trace === undefined ? {} : writtenTrace(trace)),
  };
}

function structured(notification: Notification, context: FormatContext, trace: TraceContext | undefined): JsonObject {
  return {
    ...attributesOf(notification, context, trace),
    datacontenttype: 'application/json',
    data: notification.payload,
  };
}

export function cloudEventsFormat(context: FormatContext, write: Write): BodyFormat {
  return bodyFormat(context, 'application/cloudevents+json; charset=utf-8', false, ([notification], traces) =>
    write(structured(notification, context, traces?.[0])),
  );
}

/** Always an array, even of one. */
export function cloudEventsBatchFormat(context: FormatContext, write: Write): BodyFormat {
  return bodyFormat(context, 'application/cloudevents-batch+json; charset=utf-8', true, (notifications, traces) =>
    write(notifications.map((one, i) => structured(one, context, traces?.[i]))),
  );
}

/** The attributes in headers, the event in the body. `event` makes the body. */
export function cloudEventsBinaryFormat(context: FormatContext, event: BodyFormat): BodyFormat {
  return {
    takesSeveral: false,
    request: (notifications, traces) => {
      const request = event.request(notifications);
      if (!('value' in request)) return request;
      const attributes = Object.entries(attributesOf(notifications[0], context, traces?.[0])).map(
        ([name, value]) => [`ce-${name}`, headerValue(value)] as const,
      );
      return { value: { ...request.value, headers: { ...request.value.headers, ...Object.fromEntries(attributes) } } };
    },
  };
}

/** Percent-encodes a space, `"`, `%`, and what is not printable ASCII (CloudEvents HTTP binding 1.0.2 §3.1.3.2). */
function headerValue(value: string): string {
  return value.replace(/[^!#$&-~]+/g, (text) =>
    Buffer.from(text, 'utf8').reduce((done, byte) => `${done}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, ''),
  );
}
