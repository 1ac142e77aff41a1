/** Wildcards matched in at most as many steps as the pattern has characters for each of the text, whatever both hold. */

/** `%` stops at the separator; undefined makes it stop at both that exist. */
export type Separator = '/' | '.' | undefined;

/**
 * Answers whether the whole of `text` matches. The first `caseless` characters of it must be upper-case ASCII letters,
 * and match either case.
 */
export type WildcardMatcher = (text: string, separator: Separator, caseless: number) => boolean;

const slash = '/'.charCodeAt(0);
const dot = '.'.charCodeAt(0);
const star = '*'.charCodeAt(0);
const percentSign = '%'.charCodeAt(0);
/** Makes a lower-case ASCII letter of an upper-case one. */
const lowerCaseBit = 0x20;

/**
 * A matcher for a pattern in which `*` stands for any text and, if `percent`, `%` for text without the separator.
 *
 * Both take as little as they can. When what follows does not match, the last `%` takes one character more; when a
 * separator stops it, the last `*` does. A wildcard before these need never take more than it has: whatever it could
 * take, the later one can.
 */
export function compileWildcards(pattern: string, percent: boolean): WildcardMatcher {
  return (text, separator, caseless) => {
    /** Where the pattern goes on after the last `*`, and where its text ends; likewise of the last `%` after it. */
    let afterStar = -1;
    let starEnd = 0;
    let afterPercent = -1;
    let percentEnd = 0;
    /** Of the first `%` after that `*`: its place in the pattern, and where its text begins. */
    let firstPercent = -1;
    let firstStart = 0;
    let p = 0;
    let t = 0;
    for (;;) {
      const wanted = p < pattern.length ? pattern.charCodeAt(p) : -1;
      if (wanted === star) {
        p += 1;
        if (p === pattern.length) return true;
        [afterStar, starEnd, afterPercent, firstPercent] = [p, t, -1, -1];
      } else if (wanted === percentSign && percent) {
        if (firstPercent < 0) [firstPercent, firstStart] = [p, t];
        p += 1;
        [afterPercent, percentEnd] = [p, t];
      } else if (t < text.length && isSame(text.charCodeAt(t), wanted, t < caseless)) {
        p += 1;
        t += 1;
      } else if (wanted < 0 && t === text.length) {
        return true;
      } else if (afterPercent >= 0 && percentEnd < endOfLevel(text, percentEnd, separator, 1)) {
        percentEnd += 1;
        [p, t] = [afterPercent, percentEnd];
      } else {
        if (afterStar < 0) return false;
        starEnd += 1;
        if (firstPercent >= 0) {
          // From anywhere else in this level the first % would come to the same end.
          const end = endOfLevel(text, firstStart, separator);
          starEnd = Math.max(starEnd, end + 1 - (firstPercent - afterStar));
          if (end === text.length) return false;
        }
        if (starEnd > text.length) return false;
        [p, t, afterPercent, firstPercent] = [afterStar, starEnd, -1, -1];
      }
    }
  };
}

function isSame(unit: number, wanted: number, caseless: boolean): boolean {
  return unit === wanted || (caseless && (unit | lowerCaseBit) === wanted);
}

/** Where the next separator is, or the end; no more than `most` characters from here. */
function endOfLevel(text: string, from: number, separator: Separator, most = text.length): number {
  const end = Math.min(text.length, from + most);
  let at = from;
  while (at < end && !isSeparator(text.charCodeAt(at), separator)) at += 1;
  return at;
}

/** Whether a UTF-16 code unit ends a level of the hierarchy. */
export function isSeparator(unit: number, separator: Separator): boolean {
  return (unit === slash && separator !== '.') || (unit === dot && separator !== '/');
}
