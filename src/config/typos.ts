/** Warnings of values that are allowed and yet probably not meant: flags, attributes and events that do not exist. */
import { eventGroups, eventsOfGroup } from '../filter/groups.ts';
import { inUnicode } from '../filter/pattern.ts';
import { nearest } from '../option/nearest.ts';
import { docsOf, type Option } from '../option/option.ts';
import { type Problem, warning } from '../option/problem.ts';
import { referenceIn } from '../option/secret.ts';
import { typoIn } from '../option/typo.ts';
import { patterns, splitWords } from '../option/word-syntax.ts';
import type { ConfigProblem } from './problem.ts';
import type { Setting } from './reader.ts';
import { withoutService } from './service-prefix.ts';

/** RFC 9051 §2.3.2; `\Recent` is never reported. */
const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft'];

/** RFC 6154 §2 and RFC 8457, without `\All`: the word ALL has a meaning of its own. */
const specialUses = ['\\Archive', '\\Drafts', '\\Flagged', '\\Junk', '\\Sent', '\\Trash', '\\Important'];

const types = [
  ...eventGroups.flatMap((group) => eventsOfGroup[group]),
  ...['CalendarEventNew', 'vnd.dovecot.MessageNew', 'vnd.dovecot.MailboxStatus'],
];
const knownEvents = [...eventGroups, ...types];
const classes = ['EVENT', 'MAIL', 'SIEVE', 'IMIP', 'MESSAGE'];

/** What is wrong with a word; undefined when it is right, or may be. */
type Check = (word: string, hasOwnTypes: boolean) => Problem | undefined;

const checks: ReadonlyMap<string, Check> = new Map([
  ['event_exclude_flags', (word: string) => backslashed(word, systemFlags, 'the flag')],
  ['event_exclude_specialuse', (word: string) => backslashed(word, specialUses, 'the attribute')],
  ['events', unknownEvent],
  ['classes', (word: string) => misspeltClass(word)],
  ['mailboxes', encodedName],
  ['special_use', encodedName],
]);

/** More slips than this are no slips; looking for what was meant takes time. */
const maxTypos = 100;

/**
 * `isNotifier` answers whether a name is that of a notifier, for the options that begin with it. `hasOwnTypes`: there are
 * types of events that are not known here.
 */
export function typos(
  settings: readonly Setting[],
  isNotifier: (name: string) => boolean,
  hasOwnTypes: boolean,
): readonly ConfigProblem[] {
  const warnings: ConfigProblem[] = [];
  for (const { name: option, value, file, line } of settings) {
    const name = withoutService(option);
    const separator = name.indexOf('_');
    const rest = isNotifier(name.slice(0, separator)) ? name.slice(separator + 1) : name;
    const check = checks.get(rest);
    // A comment is reported as what it is; a mailbox may be called so.
    if (!check || (check !== encodedName && /\s#/.test(value))) continue;
    const words = check === encodedName ? (patterns.safeParse(value).data ?? []) : splitWords(value);
    for (const word of words) {
      // Reported as what it is: that nothing is called so would be said of the same mistake.
      if (/^[,"'#]|[,"']$/.test(word)) continue;
      const typo = check(word, hasOwnTypes);
      if (!typo) continue;
      if (warnings.length >= maxTypos) return warnings;
      warnings.push({ file, line, option, ...typo });
    }
  }
  return warnings;
}

/**
 * What is probably a slip in a value that may be anything: a comment, quotes, commas or a variable. In a text for people
 * all of these may be meant.
 */
export function typoInText(option: Option, value: string): Problem | undefined {
  const { prose, kind } = docsOf(option);
  const message = prose ? undefined : typoIn(kind, value);
  return message === undefined ? undefined : warning(message);
}

/** Whether the value of an option that may hold a secret does hold one: a URL need not have any. */
export function holdsSecret(option: Option, value: string): boolean {
  if (docsOf(option).kind === 'secret') return referenceIn(value) === undefined;
  if (docsOf(option).kind !== 'url' || !URL.canParse(value)) return true;
  const { username, password, pathname, search } = new URL(value);
  return username !== '' || password !== '' || search !== '' || /[\w-]{16}/.test(pathname);
}

function backslashed(word: string, known: readonly string[], what: string): Problem | undefined {
  const right = known.find((one) => one.toLowerCase() === `\\${word.toLowerCase()}`);
  if (right === undefined) return undefined;
  return warning(`"${word}" is not ${what} ${right}`, `did you mean ${right}?`);
}

/** A name of a mailbox as it stands in the files of a server: it is understood, and yet reads badly. */
function encodedName(word: string): Problem | undefined {
  const pattern = word.replace(/^\\[^=]*=/, '');
  const name = inUnicode(pattern);
  if (name === undefined) return undefined;
  return warning(`"${pattern}" is in modified UTF-7; belfry reads it as ${name}`, `write ${name}`);
}

function misspeltClass(word: string): Problem | undefined {
  const right = classes.includes(word.toUpperCase()) ? undefined : nearest(word, classes);
  return right === undefined ? undefined : warning(`"${word}" is not a class of Cyrus`, `did you mean ${right}?`);
}

/** A type with a vendor's prefix, or with a schema of the administrator's own, may be new unless it is nearly a known one. */
function unknownEvent(word: string, hasOwnTypes: boolean): Problem | undefined {
  if (knownEvents.some((known) => known.toLowerCase() === word.toLowerCase())) return undefined;
  if (/[*%?]/.test(word)) return wildcard(word);
  const right = nearest(word, types) ?? nearest(word, eventGroups);
  if (right === undefined && (hasOwnTypes || /^vnd\./i.test(word))) return undefined;
  const message = `unknown event or group "${word}"`;
  return warning(message, right === undefined ? 'belfry events lists them' : `did you mean ${right}?`);
}

function wildcard(word: string): Problem {
  const message = 'wildcards are not possible in names of events';
  const stem = word.replace(/[*%?].*$/, '').toLowerCase();
  const group = eventGroups.find((name) => stem !== '' && (stem.startsWith(name) || name.startsWith(stem)));
  if (group === undefined) return warning(message, 'write the names of types or groups; belfry events lists them');
  return warning(message, `the group ${group} has ${eventsOfGroup[group].join(' ')}`);
}
