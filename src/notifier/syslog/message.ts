/** Messages of syslog, as RFC 5424 and RFC 3164 write them: a structure that is always whole, and a text that is cut where it is too long. */
import { printable } from '../../base/printable.ts';

/** What a message says of who wrote it and when. */
export interface Head {
  /** Facility times 8 and severity. */
  readonly priority: number;
  readonly time: SyslogTime;
  /** Empty: a message to a socket of this machine has none in RFC 3164. */
  readonly hostname: string;
  readonly appName: string;
  readonly processId: number;
  /** The kind of message (RFC 5424 §6.2.7): the type of the event. */
  readonly messageId: string;
}

export interface SyslogTime {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  /** As RFC 5424 §6.2.3 wants it, with the digits that are known. */
  readonly text: string;
}

/** Date and time of RFC 3339 with at most six digits of a second: what RFC 5424 §6.2.3 permits. */
const timestamp =
  /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The time that the sender gave the event, with all its digits, where it is one; else when belfry received it. */
export function syslogTime(stated: unknown, receivedAt: number): SyslogTime {
  if (typeof stated === 'string' && timestamp.test(stated)) {
    const ms = Date.parse(stated);
    if (Number.isFinite(ms)) return { ms, text: stated };
  }
  return { ms: receivedAt, text: new Date(receivedAt).toISOString() };
}

const bom = '\ufeff';

/** What is on the wire of RFC 5424 before the text; `structured` is `-` or elements. */
export function modernHead(
  { priority, time, hostname, appName, processId, messageId }: Head,
  structured: string,
): string {
  const kind = printUsAscii(messageId, 32);
  return `<${priority}>1 ${time.text} ${printUsAscii(hostname, 255)} ${printUsAscii(appName, 48)} ${processId} ${kind} ${structured} `;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What is on the wire of RFC 3164 §4.1 before the text: local time without a year, the host, and the program with its process. */
export function traditionalHead({ priority, time, hostname, appName, processId }: Head): string {
  const date = new Date(time.ms);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits);
  const day = String(date.getDate()).padStart(2, ' ');
  const host = hostname === '' ? '' : `${printUsAscii(hostname, 255)} `;
  return `<${priority}>${months[date.getMonth()]} ${day} ${hours}:${minutes}:${seconds} ${host}${appName}[${processId}]: `;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** A field of the head: visible characters of ASCII, at most so many; `-` when nothing is left. */
function printUsAscii(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]+/g, '?').slice(0, most) || '-';
}

export interface Written {
  readonly bytes: Buffer;
  /** How many bytes the text had, where it was cut. */
  readonly cutFrom?: number;
}

/**
 * Head and text as one line of UTF-8 of at most `most` bytes, with control characters visible; undefined when not even the
 * head fits. A text that is cut says so at its end. `marked`: a byte order mark goes before a text that is not ASCII
 * (RFC 5424 §6.4).
 */
export function writeMessage(head: string, text: string, most: number, marked: boolean): Written | undefined {
  // A character is at least one byte, so what is behind so many cannot be in it.
  const shown = printable(text.length > most ? text.slice(0, most) : text);
  const isAscii = /^[\x20-\x7e]*$/.test(shown);
  const start = Buffer.from(isAscii || !marked ? head : head + bom);
  const body = Buffer.from(shown);
  const room = most - start.length;
  if (text.length <= most && body.length <= room) return { bytes: Buffer.concat([start, body]) };
  const cutFrom = Buffer.byteLength(text);
  const sign = Buffer.from(` [cut from ${cutFrom} bytes]`);
  if (room < sign.length) return undefined;
  return { bytes: Buffer.concat([start, body.subarray(0, endOfCharacter(body, room - sign.length)), sign]), cutFrom };
}

/** The last place not behind `end` at which a character begins. */
function endOfCharacter(utf8: Buffer, end: number): number {
  let at = Math.min(end, utf8.length);
  while (at > 0 && ((utf8[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}
