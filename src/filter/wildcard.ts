/** Wildcards matched in time proportional to the text, whatever a hostile text or a careless pattern holds. */

/** `%` stops at the separator; undefined makes it stop at both that exist. */
export type Separator = '/' | '.' | undefined;

/**
 * Answers whether the whole of `text` matches. The first `caseless` characters of it must be upper-case ASCII letters,
 * and match either case.
 */
export type WildcardMatcher = (text: string, separator: Separator, caseless: number) => boolean;

const slash = '/'.charCodeAt(0);
const dot = '.'.charCodeAt(0);
/** Makes a lower-case ASCII letter of an upper-case one. */
const lowerCaseBit = 0x20;

/**
 * Compiles a pattern in which `*` stands for any text and, if `percent`, `%` for text without the separator.
 *
 * The pattern becomes an automaton whose state is the number of literals matched so far and in which a wildcard is
 * a loop on its state. All states that are possible at once are bits, so there is no backtracking: matching takes
 * one step for each character of the text and each 32 literals of the pattern.
 */
export function compileWildcards(pattern: string, percent: boolean): WildcardMatcher {
  const wildcards = percent ? /[*%]/g : /[*]/g;
  const literals = pattern.replace(wildcards, '');
  const words = (literals.length >> 5) + 1;
  const emptyBits = new Int32Array(words);
  /** For each character the states that it leads to. */
  const entered = new Map<number, Int32Array>();
  /** The states in which any character may be skipped, and those in which a separator may. */
  const loops = new Int32Array(words);
  const separatorLoops = new Int32Array(words);

  let state = 0;
  let endingAt = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '*' || (character === '%' && percent)) {
      setBit(loops, state);
      if (character === '*') setBit(separatorLoops, state);
      endingAt = at + 1;
    } else {
      state += 1;
      const unit = pattern.charCodeAt(at);
      const bits = entered.get(unit) ?? new Int32Array(words);
      setBit(bits, state);
      entered.set(unit, bits);
    }
  }
  const accepting = state;
  const ending = pattern.slice(endingAt);

  return (text, separator, caseless) => {
    // Most texts that do not match show it here.
    if (text.length - ending.length >= caseless && !text.endsWith(ending)) return false;
    const states = new Int32Array(words);
    setBit(states, 0);
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const entering = entered.get(unit) ?? emptyBits;
      const enteringToo = at < caseless ? (entered.get(unit | lowerCaseBit) ?? emptyBits) : emptyBits;
      const looping = isSeparator(unit, separator) ? separatorLoops : loops;
      let carry = 0;
      let alive = 0;
      for (let word = 0; word < words; word++) {
        const before = states[word] ?? 0;
        const next = (before << 1) | carry;
        const after = (next & ((entering[word] ?? 0) | (enteringToo[word] ?? 0))) | (before & (looping[word] ?? 0));
        carry = before >>> 31;
        alive |= after;
        states[word] = after;
      }
      if (alive === 0) return false;
    }
    return hasBit(states, accepting);
  };
}

/** Whether a UTF-16 code unit ends a level of the hierarchy. */
export function isSeparator(unit: number, separator: Separator): boolean {
  return (unit === slash && separator !== '.') || (unit === dot && separator !== '/');
}

function setBit(bits: Int32Array, index: number): void {
  bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31));
}

function hasBit(bits: Int32Array, index: number): boolean {
  return ((bits[index >> 5] ?? 0) & (1 << (index & 31))) !== 0;
}
