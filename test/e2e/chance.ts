/** Chance that can be had again: the same seed gives the same numbers. */

export interface Chance {
  /** An integer from 0 up to and without `limit`. */
  below(limit: number): number;
  oneIn(limit: number): boolean;
  of<T>(choices: readonly T[]): T;
}

/** Xorshift, 32 bits (Marsaglia 2003). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    oneIn: (limit) => below(limit) === 0,
    of: (choices) => {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new Error('there is nothing to choose from');
      return chosen;
    },
  };
}
