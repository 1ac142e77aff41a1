/** The type and the time of what a notification reports, for formats that have a place for them. */
import type { Notification } from '../notifier.ts';

/** The type of the event, or the class of the request, in printable ASCII without spaces. */
export function typeOf({ event, class: requestClass }: Notification): string {
  const type = (event ?? requestClass).replace(/[^!-~]/g, '_');
  return type === '' ? 'unknown' : type;
}

const dateTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,32}(?:Z|[+-][0-9]{2}:[0-9]{2})$/i;

/** When it happened, as RFC 3339 in UTC: the event's `timestamp`, or else when belfry received the request. */
export function timeOf({ receivedAt, payload: { timestamp } }: Notification): string {
  const at = typeof timestamp === 'string' && dateTime.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  return new Date(Number.isFinite(at) ? at : receivedAt).toISOString();
}
