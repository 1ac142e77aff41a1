/** Reads the sets of UIDs in events, which stay small in memory however many messages they name. */
import { type Decoded, decoded, quoted, undecodable } from './decoded.ts';

export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A set of UIDs: ranges in rising order that neither overlap nor touch. `*`, the largest UID in use, cannot be known
 * here; 4294967295 stands in its place, and `open` says that it does.
 */
export interface Uidset {
  readonly ranges: readonly UidRange[];
  readonly open: boolean;
}

const largestUid = 0xffff_ffff;

/**
 * Reads a sequence-set (RFC 9051 §9): numbers and ranges between commas, `1:4,7,9:*`. A range may be written from its end
 * to its beginning. `$`, the saved search result of a session, is refused.
 */
export function parseUidset(text: string): Decoded<Uidset> {
  const ranges: UidRange[] = [];
  let open = false;
  let inOrder = true;
  let previous = 0;
  const problem = readRanges(text, (range, hasStar) => {
    ranges.push(range);
    // Ranges that touch are joined as well as those that overlap.
    inOrder &&= range.first > previous + 1;
    previous = range.last;
    open ||= hasStar;
  });
  return problem ?? decoded({ ranges: inOrder ? ranges : joined(ranges), open });
}

/** Whether `parseUidset` reads it. Keeps nothing of it: a set can name a million messages. */
export function isUidset(text: string): boolean {
  return readRanges(text, () => {}) === undefined;
}

/** Calls `take` with each range in the order in which they are written; answers what is wrong. */
function readRanges(text: string, take: (range: UidRange, hasStar: boolean) => void): Decoded<never> | undefined {
  let at = 0;
  // The next one: to look for it anew after each comma would cost the square of the length.
  let colon = text.indexOf(':');
  for (;;) {
    const comma = text.indexOf(',', at);
    const end = comma < 0 ? text.length : comma;
    if (colon >= 0 && colon < at) colon = text.indexOf(':', at);
    const range = readRange(text, at, end, colon);
    if (range === undefined) {
      const found = end === at ? 'nothing' : quoted(text.slice(at, end));
      const message = `the uidset has ${found} at character ${at + 1}; expected a UID from 1 to ${largestUid}, *, or a range of them`;
      return undecodable('event', message, at);
    }
    take(range, range.last === largestUid && text.slice(at, end).includes('*'));
    if (comma < 0) return undefined;
    at = comma + 1;
  }
}

function readRange(text: string, start: number, end: number, colon: number): UidRange | undefined {
  if (colon < 0 || colon >= end) {
    const uid = readUid(text, start, end);
    return uid === undefined ? undefined : { first: uid, last: uid };
  }
  const one = readUid(text, start, colon);
  const other = readUid(text, colon + 1, end);
  if (one === undefined || other === undefined) return undefined;
  return one <= other ? { first: one, last: other } : { first: other, last: one };
}

/** A `seq-number`: no sign, no leading zero. */
function readUid(text: string, start: number, end: number): number | undefined {
  if (end - start === 1 && text[start] === '*') return largestUid;
  if (end - start < 1 || end - start > 10) return undefined;
  let uid = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9) || (digit === 0 && at === start)) return undefined;
    uid = uid * 10 + digit;
  }
  return uid <= largestUid ? uid : undefined;
}

function joined(ranges: readonly UidRange[]): readonly UidRange[] {
  const result: { first: number; last: number }[] = [];
  for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = result.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else result.push({ first, last });
  }
  return result;
}

/** The shortest way to write the set. */
export function formatUidset({ ranges, open }: Uidset): string {
  const written = (uid: number) => (open && uid === largestUid ? '*' : String(uid));
  return ranges
    .map(({ first, last }) => (first === last ? written(first) : `${written(first)}:${written(last)}`))
    .join(',');
}
