/** How lists and maps are written in the configuration: words separated by white space, some of which may be quoted. */
import { nearest, nearestFew } from './nearest.ts';
import type { Parsed } from './number-syntax.ts';

/** The words of a list. */
export function splitWords(written: string): readonly string[] {
  return written.split(/[ \t\r\n\v\f]+/).filter((word) => word !== '');
}

/** More words than these are not listed in a message. */
const maxListed = 12;

/** The word of `allowed` that is meant, compared without case and given back as spelt there. */
export function parseWord<const C extends string>(word: string, allowed: readonly C[]): Parsed<C> {
  const known = allowed.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
  if (known !== undefined) return { value: known };
  if (allowed.length > maxListed) {
    const few = nearestFew(word, allowed, 3);
    const meant = few.length === 0 ? '' : `did you mean ${few.join(', ')}? `;
    return {
      wrong: `"${word}" is not one of the ${allowed.length} words that may stand here: ${meant}see belfry.conf(5)`,
    };
  }
  const near = nearest(word, allowed);
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  return { wrong: `"${word}" is not one of: ${allowed.join(' ')}${hint}` };
}

/**
 * Words in which white space may stand between double quotes: `user.*.Junk "user.*.Sent Items"`. The quotes are taken
 * off; there is no way to write a quote itself (a wildcard can stand for it).
 */
export function splitPatterns(written: string): Parsed<readonly string[]> {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (const character of written) {
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (!quoted && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quoted) return { wrong: 'a double quote is opened and not closed' };
  if (word !== undefined) words.push(word);
  return words.includes('') ? { wrong: 'there is nothing between two double quotes' } : { value: words };
}

/** Attributes, each with the patterns that stand for it, in the order in which they are written. */
export type AttributeMap = ReadonlyMap<string, readonly string[]>;

/** `\Junk=user.*.Junk Spam \Trash=…`: a word `\ATTRIBUTE=` begins an attribute; what follows belongs to it. */
export function parseAttributeMap(written: string): Parsed<AttributeMap> {
  const words = splitPatterns(written);
  if ('wrong' in words) return words;
  const byLowerCase = new Map<string, { readonly attribute: string; readonly patterns: string[] }>();
  let patterns: string[] | undefined;
  for (const word of words.value) {
    const match = /^(\\[^=]*)=(.*)$/s.exec(word);
    if (match) {
      const [, attribute = '', pattern = ''] = match;
      if (!/^\\[A-Za-z0-9._-]+$/.test(attribute)) {
        return { wrong: `"${attribute}" is not a special-use attribute: write a backslash and a name, like \\Junk` };
      }
      const known = byLowerCase.get(attribute.toLowerCase()) ?? { attribute, patterns: [] };
      byLowerCase.set(attribute.toLowerCase(), known);
      patterns = known.patterns;
      if (pattern !== '') patterns.push(pattern);
    } else if (patterns === undefined) {
      return { wrong: `"${word}" belongs to no attribute: begin with one, like \\Junk=${word}` };
    } else {
      patterns.push(word);
    }
  }
  const map = new Map<string, readonly string[]>();
  for (const { attribute, patterns: given } of byLowerCase.values()) {
    if (given.length === 0) return { wrong: `${attribute} has no pattern: write one, like ${attribute}=user.*.Name` };
    map.set(attribute, given);
  }
  return { value: map };
}
