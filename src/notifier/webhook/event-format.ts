/** Format event: the event as its sender wrote it, or the envelope of a request of another class. */
import { withSortedNames, writeJson } from '../../base/event.ts';
import type { Notification } from '../notifier.ts';
import { type BodyFormat, bodyFormat, type FormatContext } from './body-format.ts';

/** `sorted`: whether the names of each object are sorted. It takes one notification: the id is not in the body. */
export function eventFormat(context: FormatContext, sorted: boolean): BodyFormat {
  return bodyFormat(context, 'application/json', false, ([notification]) => bodyOf(notification, sorted));
}

/** An event's message is its payload as JSON already. */
function bodyOf({ event, message, payload }: Notification, sorted: boolean): string {
  if (sorted) return writeJson(withSortedNames(payload));
  return event === undefined ? writeJson(payload) : message;
}
