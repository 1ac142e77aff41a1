/** Slips of people who know other configuration files: quotes, commas, comments after a value, variables. */
import type { OptionKind } from './option.ts';

const lists: ReadonlySet<OptionKind> = new Set(['words', 'patterns', 'durations', 'map']);

/**
 * What probably keeps a value from being a valid one of its kind, with what to write; undefined when it is none of these.
 * Quotes nothing of the value: it may be a secret. `prose`: quotes, commas and a # may be meant.
 */
export function typoIn(kind: OptionKind, written: string, prose = false): string | undefined {
  // A keyword of IMAP can begin with a $, too.
  if (/\$\{\w+\}/.test(written) || (!lists.has(kind) && /\$[A-Z_]{3}/.test(written)))
    return 'belfry does not replace variables in this file: write the value itself';
  if (prose) return undefined;
  if (kind !== 'patterns' && kind !== 'map' && /^(["']).*\1$/s.test(written))
    return 'remove the quotes around the value';
  if (/\s#/.test(written)) return 'a comment needs its own line: everything after the colon is the value';
  if (lists.has(kind) && /,(?:\s|$)|^,/.test(written)) return 'separate the parts of the list by spaces, not commas';
  return undefined;
}
