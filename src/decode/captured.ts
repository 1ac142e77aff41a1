/** Reads what somebody gives to be sent or explained: events as JSON, or requests as they were captured on a socket. */
import { isUtf8 } from 'node:buffer';
import { BelfryError, ifPossible } from '../base/error.ts';
import type { RawRequest } from '../base/request.ts';
import { defaultDlistLimits } from './dlist/line.ts';
import { DlistScanner } from './dlist/scanner.ts';
import { arraySlices, beginsArray, lineSlices, type Slice, skipSpace } from './json-slices.ts';
import { openBrace, openBracket } from './strict-json.ts';

/** An event as it stands in the file, and where: `new.json:3`, `new.json: event 3`. */
export interface EventText {
  readonly text: string;
  readonly place: string;
}

const byteOrderMark = Buffer.from('\ufeff');

/** Editors of Windows begin a file with it; it belongs to no event. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
}

/** Whether these are events as JSON: an object or an array stands first, and no NUL, which divides the fields of a datagram. */
export function holdsEvents(bytes: Buffer): boolean {
  const text = withoutMark(bytes);
  const first = text[skipSpace(text)];
  return (first === openBrace || first === openBracket) && !text.includes(0);
}

/** One event, an array of them, or one on each line; `name` is for places. Throws BelfryError BAD_INPUT. */
export function eventsIn(bytes: Buffer, name: string): readonly EventText[] {
  const text = withoutMark(bytes);
  if (!isUtf8(text)) throw new BelfryError('BAD_INPUT', `${name}: not UTF-8; send a captured request with --raw`);
  const placed = (slice: Slice, place: string): EventText => ({
    text: text.toString('utf8', slice.start, slice.end).trim(),
    place,
  });
  if (beginsArray(text)) {
    const slices = arraySlices(text, Number.MAX_SAFE_INTEGER);
    if ('wrong' in slices) {
      const offset = bytes.length - text.length;
      throw new BelfryError(
        'BAD_INPUT',
        `${name}: at byte ${slices.byte + offset} ${slices.wrong}; expected one array of events`,
      );
    }
    return slices.map((slice, index) => placed(slice, `${name}: event ${index + 1}`));
  }
  if (ifPossible(() => JSON.parse(text.toString())) !== undefined)
    return [placed({ start: 0, end: text.length }, name)];
  return lineSlices(text, Number.MAX_SAFE_INTEGER).map((slice) => placed(slice, `${name}:${slice.line}`));
}

/**
 * What was captured on a socket of Cyrus: one datagram, or the requests of a stream one after the other (`NOTIFY %(…`).
 * What is neither counts as a datagram.
 */
export function capturedIn(bytes: Buffer): readonly RawRequest[] {
  if (!/^\s*NOTIFY[ \t]/i.test(bytes.toString('latin1', 0, 4096))) {
    return bytes.length === 0 ? [] : [{ format: 'datagram', bytes }];
  }
  const requests: RawRequest[] = [];
  for (let start = skipSpace(bytes); start < bytes.length; start = skipSpace(bytes, start)) {
    const scanner = new DlistScanner({ ...defaultDlistLimits, maxBytes: Number.MAX_SAFE_INTEGER });
    const end = scanner.feed(bytes, start);
    const request = bytes.subarray(start, scanner.complete ? end : bytes.length);
    requests.push({ format: 'dlist', bytes: request });
    start += request.length;
  }
  return requests;
}

/** Events, or requests as they were captured; `name` is for places. Throws BelfryError BAD_INPUT. */
export function requestsIn(input: Buffer, name: string): readonly RawRequest[] {
  // A sender's event that is not UTF-8 is read as ISO 8859-1.
  if (!holdsEvents(input) || !isUtf8(input)) return capturedIn(input);
  return eventsIn(input, name).map(({ text }) => ({ format: 'datagram', bytes: Buffer.from(text) }));
}
