/** Formats envelope and ndjson: each notification in its envelope, as one object, as an array, or as lines. */
import { escapedJson } from '../../base/printable.ts';
import { envelopeOf } from '../envelope.ts';
import { type BodyFormat, bodyFormat, type FormatContext, type Write } from './body-format.ts';

/** One object, or where requests may hold several notifications always an array. */
export function envelopeFormat(context: FormatContext, write: Write): BodyFormat {
  const { batched, services } = context;
  return bodyFormat(context, 'application/json', batched, (notifications) => {
    const [first] = notifications;
    return write(batched ? notifications.map((one) => envelopeOf(one, services)) : envelopeOf(first, services));
  });
}

/** An envelope on each line, with a line end after the last; nothing within is the end of a line for any reader (U+2028). */
export function ndjsonFormat(context: FormatContext, write: Write): BodyFormat {
  return bodyFormat(context, 'application/x-ndjson', true, (notifications) =>
    notifications.map((one) => `${escapedJson(write(envelopeOf(one, context.services)))}\n`).join(''),
  );
}
