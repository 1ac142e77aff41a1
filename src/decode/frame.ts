/** Reads the frame of a request as Cyrus sends it in one datagram, so that every later stage works on named fields. */
import { isAscii, isUtf8 } from 'node:buffer';
import { eventRequest, type Request } from '../base/request.ts';
import { type Decoded, decoded, quoted, undecodable } from './decoded.ts';

/**
 * The most options a request may carry. The sender's count is untrusted; Cyrus itself sends none, or for SIEVE the
 * recipient and the `:options` of one notify action.
 */
export const maxOptions = 256;

/** The fields before the options, in their order (Cyrus `imap/notify.c`, `notify`). */
const leadingFields = ['method', 'class', 'priority', 'user', 'mailbox', 'nopt'] as const;

const nul = '\0';
const openingBrace = 0x7b;

/**
 * Reads one datagram:
 *
 *     method NUL class NUL priority NUL user NUL mailbox NUL nopt NUL (option NUL)*nopt message NUL [fname NUL]
 *
 * Cyrus ends every field with NUL (`imap/notify.c`, `add_arg`); here the last NUL may be missing. `fname` is there
 * only when the sender has a staged message; an empty one counts as none. `nopt` is what C's `%d` prints. A datagram
 * that begins with `{` is a bare JSON event: class EVENT, all else empty; one NUL and one line end after it are dropped.
 *
 * A field that is not valid UTF-8 is read as ISO 8859-1, the others are not touched by that.
 */
export function decodeFrame(bytes: Uint8Array): Decoded<Request> {
  const frame = bufferOf(bytes);
  if (frame.length === 0) return undecodable('frame', 'the datagram is empty; expected a request', 0);
  if (frame[0] === openingBrace) return decodeBareEvent(frame);
  // One decoding of the whole and cheap slices of it are far faster than decoding field by field.
  if (isAscii(frame)) return readFields(frame, frame.toString('latin1'), sliceField);
  if (isUtf8(frame)) return readFields(frame, frame.toString('utf8'), sliceField);
  const isText = (start: number, end: number): boolean => isUtf8(frame.subarray(start, end));
  return readFields(
    frame,
    frame.toString('latin1'),
    (text, start, end) => (isText(start, end) ? frame.toString('utf8', start, end) : text.slice(start, end)),
    isText,
  );
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sliceField(text: string, start: number, end: number): string {
  return text.slice(start, end);
}

/** Reads one JSON event that is all of a request. */
export function decodeBareEvent(bytes: Uint8Array): Decoded<Request> {
  const frame = bufferOf(bytes);
  let end = frame.length;
  if (frame[end - 1] === 0) end -= 1;
  if (frame[end - 1] === 0x0a) end -= frame[end - 2] === 0x0d ? 2 : 1;
  const json = frame.subarray(0, end);
  const stray = json.indexOf(0);
  if (stray >= 0) {
    return undecodable('frame', 'a NUL inside a bare event; expected JSON up to the end of the datagram', stray);
  }
  const charset = isUtf8(json) ? 'utf8' : 'latin1';
  const request = eventRequest(json.toString(charset));
  return decoded(charset === 'latin1' ? { ...request, messageCharset: charset } : request);
}

/**
 * `text` is the whole frame, `field` what makes a field out of the characters from `start` to `end` of it, and `isText`
 * whether those are UTF-8.
 */
function readFields(
  frame: Buffer,
  text: string,
  field: (text: string, start: number, end: number) => string,
  isText?: (start: number, end: number) => boolean,
): Decoded<Request> {
  const methodEnd = text.indexOf(nul);
  const classEnd = methodEnd < 0 ? -1 : text.indexOf(nul, methodEnd + 1);
  const priorityEnd = classEnd < 0 ? -1 : text.indexOf(nul, classEnd + 1);
  const userEnd = priorityEnd < 0 ? -1 : text.indexOf(nul, priorityEnd + 1);
  const mailboxEnd = userEnd < 0 ? -1 : text.indexOf(nul, userEnd + 1);
  const noptEnd = mailboxEnd < 0 ? -1 : text.indexOf(nul, mailboxEnd + 1);
  if (noptEnd < 0) {
    const ends = [methodEnd, classEnd, priorityEnd, userEnd, mailboxEnd, noptEnd];
    const missing = ends.indexOf(-1);
    const field = leadingFields[missing];
    return undecodable(
      'frame',
      `the datagram ends in field ${missing + 1}, ${field}; expected a NUL after it`,
      frame.length,
    );
  }

  const nopt = text.slice(mailboxEnd + 1, noptEnd);
  const count = readCount(nopt);
  if (count === undefined || count > maxOptions) {
    const wrong =
      count === undefined ? `${quoted(nopt)} is not a decimal number` : `${quoted(nopt)} options are too many`;
    const message = `${wrong} in field 6, nopt; expected a number from 0 to ${maxOptions}`;
    return undecodable('frame', message, offsetIn(frame, 5));
  }

  let start = noptEnd + 1;
  const options: string[] = [];
  while (options.length < count) {
    const end = text.indexOf(nul, start);
    if (end < 0) {
      const message = `the datagram ends in option ${options.length + 1} of ${count}; expected a NUL after it, then the message`;
      return undecodable('frame', message, frame.length);
    }
    options.push(field(text, start, end));
    start = end + 1;
  }

  if (start === text.length) {
    return undecodable('frame', `the message is missing after field nopt and ${count} options`, frame.length);
  }
  const messageEnd = text.indexOf(nul, start);
  const behindMessage = messageEnd < 0 ? text.length : messageEnd;
  const message = field(text, start, behindMessage);
  const fields = {
    method: field(text, 0, methodEnd),
    class: field(text, methodEnd + 1, classEnd),
    priority: field(text, classEnd + 1, priorityEnd),
    user: field(text, priorityEnd + 1, userEnd),
    mailbox: field(text, userEnd + 1, mailboxEnd),
    options,
    message,
  };
  const isLatin1 = isText !== undefined && !isText(start, behindMessage);
  const request: Request = isLatin1 ? { ...fields, messageCharset: 'latin1' } : fields;
  if (messageEnd < 0 || messageEnd + 1 === text.length) return decoded(request);

  const fnameEnd = text.indexOf(nul, messageEnd + 1);
  if (fnameEnd >= 0 && fnameEnd + 1 < text.length) {
    const surplus = offsetIn(frame, leadingFields.length + count + 2);
    const message = `${frame.length - surplus} bytes after fname, the last field; expected the end of the datagram`;
    return undecodable('frame', message, surplus);
  }
  const fname = field(text, messageEnd + 1, fnameEnd < 0 ? text.length : fnameEnd);
  return decoded(fname === '' ? request : { ...request, fname });
}

/** The number that C's `%d` writes; undefined for anything else. Long ones need not be exact: they are too large. */
function readCount(nopt: string): number | undefined {
  if (nopt === '0') return 0;
  return /^[1-9][0-9]*$/.test(nopt) ? Number(nopt) : undefined;
}

/** The byte at which the field of this index begins. Characters were counted before; this is for problems only. */
function offsetIn(frame: Buffer, field: number): number {
  let start = 0;
  for (let passed = 0; passed < field; passed++) start = frame.indexOf(0, start) + 1;
  return start;
}
