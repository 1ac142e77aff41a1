/** Format event: the event as its sender wrote it, or the envelope of a request of another class. */
import { withSortedNames, writeJson } from '../../base/event.ts';
import type { Notification } from '../notifier.ts';
import type { BodyFormat, FormatContext } from './body-format.ts';

/** `sorted`: whether the names of each object are sorted. It takes one notification: the id is not in the body. */
export function eventFormat({ url }: FormatContext, sorted: boolean): BodyFormat {
  const path = `${url.pathname}${url.search}`;
  const headers = { 'content-type': 'application/json' };
  return {
    takesSeveral: false,
    request: ([notification]) => ({ value: { method: 'POST', path, headers, body: bodyOf(notification, sorted) } }),
  };
}

/** An event's message is its payload as JSON already. */
function bodyOf({ event, message, payload }: Notification, sorted: boolean): string {
  if (sorted) return writeJson(withSortedNames(payload));
  return event === undefined ? writeJson(payload) : message;
}
