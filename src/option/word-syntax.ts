/** How lists and maps are written in the configuration: words separated by white space, some of which may be quoted. */
import { z } from 'zod';
import { nearest, nearestFew } from './nearest.ts';

/** The words of a list. */
export function splitWords(written: string): readonly string[] {
  return written.split(/[ \t\r\n\v\f]+/).filter((word) => word !== '');
}

/** Of a word that may be anything, all that can be said is whether it is a comment. */
export const words = z
  .string()
  .transform(splitWords)
  .refine((given) => given.every((word, index) => index === 0 || !word.startsWith('#')), 'it contains a comment');

/** One of these words, compared without case and given back as spelt here. */
export function oneOf<const C extends string>(allowed: readonly C[]) {
  return z
    .string()
    .transform((word) => meant(word, allowed) ?? word)
    .pipe(z.enum(allowed, { error: ({ input }) => notAmong(String(input), allowed) }));
}

/** Some of these words. The first that is none of them is reported. */
export function someOf<const C extends string>(allowed: readonly C[]) {
  return words
    .transform((given, context) => {
      const wrong = given.find((word) => meant(word, allowed) === undefined);
      if (wrong !== undefined) context.addIssue(notAmong(wrong, allowed));
      return given.flatMap((word) => meant(word, allowed) ?? []);
    })
    .pipe(z.array(z.enum(allowed)));
}

function meant<C extends string>(word: string, allowed: readonly C[]): C | undefined {
  return allowed.find((candidate) => candidate.toLowerCase() === word.toLowerCase());
}

/** More words than these are not listed in a message. */
const maxListed = 12;

function notAmong(word: string, allowed: readonly string[]): string {
  if (allowed.length > maxListed) {
    const few = nearestFew(word, allowed, 3);
    const near = few.length === 0 ? '' : `did you mean ${few.join(', ')}? `;
    return `"${word}" is not one of the ${allowed.length} allowed words: ${near}see belfry.conf(5)`;
  }
  const near = nearest(word, allowed);
  return `"${word}" is not one of: ${allowed.join(' ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

/**
 * Words in which white space may stand between double quotes: `user.*.Junk "user.*.Sent Items"`. The quotes are taken
 * off; there is no way to write a quote itself (a wildcard can stand for it).
 */
export const patterns = z
  .string()
  .transform((written, context): readonly string[] => {
    if (written.split('"').length % 2 === 0) context.addIssue('a double quote is not closed');
    return (written.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''));
  })
  .refine((found) => !found.includes(''), 'there is nothing between two double quotes');

/** Attributes, each with the patterns that stand for it, in the order in which they are written. */
export type AttributeMap = ReadonlyMap<string, readonly string[]>;

/** `\Junk=user.*.Junk Spam \Trash=…`: a word `\ATTRIBUTE=` begins an attribute; what follows belongs to it. */
export const attributeMap = patterns.transform((given, context): AttributeMap => {
  const byLowerCase = new Map<string, { readonly attribute: string; readonly patterns: string[] }>();
  let current: string[] | undefined;
  for (const word of given) {
    const match = /^(\\[^=]*)=(.*)$/s.exec(word);
    if (match) {
      const [, attribute = '', pattern = ''] = match;
      if (!/^\\[A-Za-z0-9._-]+$/.test(attribute)) {
        const remedy = 'write a backslash and a name, like \\Junk';
        context.addIssue(`"${attribute}" is not a special-use attribute: ${remedy}`);
        return z.NEVER;
      }
      const known = byLowerCase.get(attribute.toLowerCase()) ?? { attribute, patterns: [] };
      byLowerCase.set(attribute.toLowerCase(), known);
      current = known.patterns;
      if (pattern !== '') current.push(pattern);
    } else if (current === undefined) {
      context.addIssue(`"${word}" belongs to no attribute: begin with one, like \\Junk=${word}`);
      return z.NEVER;
    } else {
      current.push(word);
    }
  }
  const map = new Map([...byLowerCase.values()].map((one) => [one.attribute, one.patterns]));
  for (const [attribute, found] of map) {
    if (found.length > 0) continue;
    context.addIssue(`${attribute} has no pattern: write one, like ${attribute}=user.*.Name`);
    return z.NEVER;
  }
  return map;
});
