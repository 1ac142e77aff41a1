/** Formats envelope and ndjson: each notification in its envelope, as one object, as an array, or as lines. */
import { withSortedNames, writeJson } from '../../base/event.ts';
import { escapedJson } from '../../base/printable.ts';
import { envelopeLine, envelopeOf } from '../envelope.ts';
import type { Notification } from '../notifier.ts';
import { type BodyFormat, bodyFormat, type FormatContext } from './body-format.ts';

/** One object, or where requests may hold several notifications always an array. */
export function envelopeFormat(context: FormatContext, sorted: boolean): BodyFormat {
  const lineOf = writerOf(context, sorted);
  return bodyFormat(context, 'application/json', context.batched, (notifications) =>
    context.batched ? `[${notifications.map(lineOf).join(',')}]` : lineOf(notifications[0]),
  );
}

/** An envelope on each line, with a line end after the last; nothing within is the end of a line for any reader (U+2028). */
export function ndjsonFormat(context: FormatContext, sorted: boolean): BodyFormat {
  const lineOf = writerOf(context, sorted);
  return bodyFormat(
    context,
    'application/x-ndjson',
    true,
    (notifications) => `${notifications.map(lineOf).join('\n')}\n`,
  );
}

function writerOf({ services }: FormatContext, sorted: boolean): (notification: Notification) => string {
  if (!sorted) return (one) => envelopeLine(one, services);
  return (one) => escapedJson(writeJson(withSortedNames(envelopeOf(one, services))));
}
