/** The flags that event_exclude_flags keeps quiet about (imapd.conf(5); `mboxevent_add_flags` in Cyrus `imap/mboxevent.c`). */

import type { MailEvent } from '../base/event.ts';
import { quoted } from '../decode/decoded.ts';
import type { Rule, RuleOutcome } from './rule.ts';

const option = 'event_exclude_flags';

/** The events that Cyrus makes of one flag instead of a FlagsSet (RFC 5423 §4.2); they carry no flagNames. */
const flagOfType: ReadonlyMap<string, string> = new Map([
  ['MessageRead', '\\Seen'],
  ['MessageTrash', '\\Deleted'],
]);

/**
 * The rule of event_exclude_flags; undefined when no flag is excluded. Names are compared without case.
 *
 * FlagsSet and FlagsClear lose the excluded names, and are held back when none is left. MessageRead stands for `\Seen`
 * and MessageTrash for `\Deleted`, so they go or stay with that flag. The flags that a message has on arrival
 * (flagNames of MessageNew and MessageAppend) are not touched, as in Cyrus: there the event reports the message.
 */
export function compileExcludedFlags(flags: readonly string[]): Rule | undefined {
  if (flags.length === 0) return undefined;
  const excluded = new Set(flags.map((flag) => flag.toLowerCase()));

  return (event, type) => {
    if (type === 'FlagsSet' || type === 'FlagsClear') return removeNames(event, excluded);
    const flag = flagOfType.get(type);
    if (flag === undefined || !excluded.has(flag.toLowerCase())) return undefined;
    return { reason: { option, detail: `${type} reports ${flag}` } };
  };
}

function removeNames(event: MailEvent, excluded: ReadonlySet<string>): RuleOutcome {
  const { flagNames } = event;
  if (typeof flagNames !== 'string') return undefined;
  const kept: string[] = [];
  const removed: string[] = [];
  for (const name of flagNames.split(' ')) {
    if (name === '') continue;
    (excluded.has(name.toLowerCase()) ? removed : kept).push(name);
  }
  if (removed.length === 0) return undefined;
  if (kept.length === 0)
    return { reason: { option, detail: `all its flags are excluded: ${quoted(removed.join(' '))}` } };
  return {
    event: { ...event, flagNames: kept.join(' ') },
    change: { option, detail: `flagNames without ${quoted(removed.join(' '))}` },
  };
}
