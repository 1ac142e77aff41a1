/** Format standard: the body that Standard Webhooks 1.0 recommends, `{type, timestamp, data}`. */
import { type BodyFormat, bodyFormat, type FormatContext, type Write } from './body-format.ts';
import { timeOf, typeOf } from './occurrence.ts';

/** `type` is that of the event, `timestamp` when it happened, `data` the event. */
export function standardFormat(context: FormatContext, write: Write): BodyFormat {
  return bodyFormat(context, 'application/json', false, ([notification]) =>
    write({ type: typeOf(notification), timestamp: timeOf(notification), data: notification.payload }),
  );
}
