/** Slips of people who know other configuration files: quotes, commas, comments after a value, variables. */
import type { OptionKind } from './option.ts';

const lists: ReadonlySet<OptionKind> = new Set(['words', 'patterns', 'durations', 'map']);

/**
 * What probably keeps a value from being a valid one of its kind, with what to write; undefined when it is none of these.
 * Quotes nothing of the value: it may be a secret.
 */
export function typoIn(kind: OptionKind, written: string): string | undefined {
  // A keyword of IMAP can begin with a $, too.
  if (/\$\{\w+\}/.test(written) || (!lists.has(kind) && /\$[A-Z_]{3}/.test(written)))
    return 'no variables are replaced in this file: write the value itself';
  if (kind !== 'patterns' && kind !== 'map' && /^(["']).*\1$/s.test(written)) return 'values stand without quotes';
  if (/\s#/.test(written)) return 'everything after the colon is the value: a comment needs a line of its own';
  if (lists.has(kind) && /,(?:\s|$)|^,/.test(written)) return 'the parts of a list are separated by spaces, not commas';
  return undefined;
}
