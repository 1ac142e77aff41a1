/**
 * The id of an entry: 26 characters of Crockford's base 32, of which 10 are the time in milliseconds, 6 the spool's own
 * random number and 10 the position. It sorts by time, then by position; it needs no index, because the position can be
 * read back from it; and two spools never give the same one.
 */
import type { Position } from '../base/request.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pattern = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** The spool's own number: 30 bits, chosen at random when the spool is made. */
export const maxLogNumber = 2 ** 30;

function encode(value: number, characters: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < characters; i++) {
    const digit = rest % 32;
    text = alphabet.charAt(digit) + text;
    rest = (rest - digit) / 32;
  }
  return text;
}

function decode(text: string): number {
  let value = 0;
  for (const character of text) value = value * 32 + alphabet.indexOf(character);
  return value;
}

/** Makes ids for one spool. The head is kept from call to call, because most entries of a batch share their time. */
export function entryIds(logNumber: number): (receivedAt: number, position: Position) => string {
  const own = encode(logNumber, 6);
  let headTime = -1;
  let head = '';
  return (receivedAt, position) => {
    if (receivedAt !== headTime) {
      headTime = receivedAt;
      head = encode(receivedAt, 10) + own;
    }
    return head + encode(position, 10);
  };
}

/** What an id says: numbers, as {@link entryIds} takes them; undefined for a text that is none. Lower case is understood, as people type it. */
export function parseEntryId(id: string) {
  const upper = id.toUpperCase();
  if (!pattern.test(upper)) return undefined;
  return {
    receivedAt: decode(upper.slice(0, 10)),
    logNumber: decode(upper.slice(10, 16)),
    position: decode(upper.slice(16)),
  };
}
