/** Warnings of values that are allowed and yet probably not meant: flags, attributes and events that do not exist. */
import { eventGroups, eventsOfGroup } from '../filter/groups.ts';
import { nearest } from '../option/nearest.ts';
import { splitWords } from '../option/word-syntax.ts';
import { withoutService } from './evaluator.ts';
import type { ConfigProblem } from './problem.ts';
import type { Setting } from './reader.ts';

/** RFC 9051 §2.3.2; `\Recent` is never reported. */
const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'];

/** RFC 6154 §2 and RFC 8457, without `\All`: the word ALL has a meaning of its own. */
const specialUses = ['\\Archive', '\\Drafts', '\\Flagged', '\\Junk', '\\Sent', '\\Trash', '\\Important'];

const knownEvents = [...eventGroups, ...eventGroups.flatMap((group) => eventsOfGroup[group]), 'CalendarEventNew'];

/** What is wrong with a word, and what it should have been; undefined when it is fine or nobody can tell. */
type Check = (word: string) => { readonly message: string; readonly right: string } | undefined;

const checks: ReadonlyMap<string, Check> = new Map([
  ['event_exclude_flags', (word: string) => backslashed(word, systemFlags, 'the flag')],
  ['event_exclude_specialuse', (word: string) => backslashed(word, specialUses, 'the attribute')],
  ['events', misspeltEvent],
]);

/** More slips than this are no slips; looking for what was meant takes time. */
const maxSlips = 100;

/** `isNotifier` tells whether a name is that of a notifier, for the options that begin with it. */
export function slips(settings: readonly Setting[], isNotifier: (name: string) => boolean): readonly ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  for (const { name: option, value, file, line } of settings) {
    const name = withoutService(option);
    const separator = name.indexOf('_');
    const rest = isNotifier(name.slice(0, separator)) ? name.slice(separator + 1) : name;
    const check = checks.get(rest);
    if (!check) continue;
    for (const word of splitWords(value)) {
      const slip = check(word);
      if (!slip) continue;
      if (warnings.length >= maxSlips) return warnings;
      const { message, right } = slip;
      warnings.push({ severity: 'warning', file, line, option, message, remedy: `did you mean ${right}?` });
    }
  }
  return warnings;
}

function backslashed(word: string, known: readonly string[], what: string): ReturnType<Check> {
  const right = known.find((one) => one.toLowerCase() === `\\${word.toLowerCase()}`);
  return right === undefined ? undefined : { message: `"${word}" is not ${what} ${right}`, right };
}

/** A type of event may be new, so only what is nearly a known one is suspicious. */
function misspeltEvent(word: string): ReturnType<Check> {
  const right = nearest(word, knownEvents);
  if (right === undefined || right.toLowerCase() === word.toLowerCase()) return undefined;
  return { message: `no event and no group is called "${word}"`, right };
}
