/** The known word that a misspelt one probably stands for, so that an error can name it. */

/** Longer words are no slips of the pen, and comparing them would cost time. */
const maxLength = 64;

/**
 * The candidate that takes the fewest slips to become `word` (a letter too many, missing, wrong, or two swapped),
 * compared without case; undefined when none is near: one slip for short words, at most three for long ones.
 * Of two equally near the earlier one wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > maxLength) return undefined;
  const wanted = word.toLowerCase();
  let limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let found: string | undefined;
  for (const candidate of candidates) {
    const slips = distance(wanted, candidate.toLowerCase(), limit);
    if (slips > limit) continue;
    found = candidate;
    limit = slips - 1;
    if (limit < 0) break;
  }
  return found;
}

/** Optimal string alignment distance; some number above `limit` as soon as it must be above. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let slips = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        slips = Math.min(slips, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(slips);
      least = Math.min(least, slips);
    }
    // One row may be skipped by a swap, so a row above the limit is final only when the one before it was too.
    if (least > limit && Math.min(...previous) > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}
