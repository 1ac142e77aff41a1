/** Format event: the event as its sender wrote it, or the envelope of a request of another class. */
import { withSortedNames, writeJson } from '../../base/event.ts';
import { payloadText } from '../payload-text.ts';
import { type BodyFormat, bodyFormat, type FormatContext } from './body-format.ts';

/** `sorted`: whether the names of each object are sorted. It takes one notification: the id is not in the body. */
export function eventFormat(context: FormatContext, sorted: boolean): BodyFormat {
  return bodyFormat(context, 'application/json', false, ([notification]) =>
    sorted ? writeJson(withSortedNames(notification.payload)) : payloadText(notification),
  );
}
