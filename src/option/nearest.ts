/** The known word that a misspelt one probably stands for, so that an error can name it. */

/** A longer word is no typo of an option, and comparing it would cost time. */
const maxLength = 64;

/**
 * The candidate that is probably meant: one that has the words of `word` in another order (`NewMessage`, `url_webhook`),
 * else the one that takes the fewest edits to become `word` (a letter added, removed or replaced, or two swapped). Compared
 * without case; undefined when none is near: one edit for short words, at most three for long ones, and never more than a
 * third of the candidate. Of two equally near the earlier one wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestFew(word, candidates, 1)[0];
}

/** As {@link nearest}: at most `count` of them, the best one first. */
export function nearestFew(word: string, candidates: Iterable<string>, count: number): readonly string[] {
  if (word.length > maxLength) return [];
  const wanted = word.toLowerCase();
  const parts = wordsOf(word);
  const found: { readonly candidate: string; readonly edits: number }[] = [];
  let worst = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = Math.min(worst - 1, maxEdits(Math.min(word.length, candidate.length)));
    if (limit < 0) continue;
    const edits =
      parts !== undefined && parts === wordsOf(candidate) ? 0 : distance(wanted, candidate.toLowerCase(), limit);
    if (edits > limit) continue;
    const at = found.findIndex((other) => other.edits > edits);
    found.splice(at === -1 ? found.length : at, 0, { candidate, edits });
    if (found.length > count) found.pop();
    if (found.length === count) worst = found.at(-1)?.edits ?? worst;
  }
  return found.map(({ candidate }) => candidate);
}

function maxEdits(length: number): number {
  return Math.min(3, Math.max(1, Math.floor(length / 3)));
}

/** The words of a name in a fixed order, `message new` for `NewMessage`; undefined for a single one. */
function wordsOf(name: string): string | undefined {
  const words = (name.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
  return words.length < 2 ? undefined : words.toSorted().join(' ');
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
      let edits = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, (beforePrevious[column - 2] ?? 0) + 1);
      }
      current.push(edits);
      least = Math.min(least, edits);
    }
    // One row may be skipped by a swap, so a row above the limit is final only when the one before it was too.
    if (least > limit && Math.min(...previous) > limit) return limit + 1;
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}
