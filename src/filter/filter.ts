/** The filter that every event passes before the notifiers see it: the event_* options of imapd.conf(5), one rule each. */

import type { MailEvent } from '../base/event.ts';
import type { MailboxName } from '../decode/mailbox.ts';
import { type ContentMode, compileContent } from './content.ts';
import { compileExcludedFlags } from './flags.ts';
import { compileGroups, spellEventType } from './groups.ts';
import { compileExtraParameters } from './parameters.ts';
import type { FilterChange, FilterReason, Origin, Rule } from './rule.ts';
import { compileExcludedSpecialUse, type SpecialUse } from './special-use.ts';

export type { FilterChange, FilterReason, Origin } from './rule.ts';

/** The checked values of the options. */
export interface FilterSettings {
  /** event_groups: the groups that are on. */
  readonly groups: readonly string[];
  /** event_exclude_flags. */
  readonly excludeFlags: readonly string[];
  /** event_exclude_specialuse: attributes with their backslash, and perhaps the word ALL. */
  readonly excludeSpecialUse: readonly string[];
  /** Whether that holds for requests from a notifysocket as well. */
  readonly specialUseOnNotifysocket: boolean;
  /** special_use, compiled. */
  readonly specialUse: SpecialUse;
  /** event_extra_params; undefined removes nothing. */
  readonly extraParams?: readonly string[] | undefined;
  /** event_content_inclusion_mode. */
  readonly contentMode?: ContentMode | undefined;
  /** event_content_size in bytes; 0 is no limit. */
  readonly contentSize?: number | undefined;
}

/** The event that goes on and what was changed in it, or why it does not go on. */
export type FilterResult =
  | { readonly pass: true; readonly event: MailEvent; readonly changes: readonly FilterChange[] }
  | { readonly pass: false; readonly reason: FilterReason };

/** `mailbox` is the one that the event's `uri` names, if it names one; `origin` is where the event comes from. */
export type Filter = (event: MailEvent, mailbox: MailboxName | undefined, origin: Origin) => FilterResult;

const noChanges: readonly FilterChange[] = [];

/**
 * Compiles the settings into one function, which neither throws nor waits. The event is not changed in place; an event
 * that needs no change comes back as the same object. The rules that can hold an event back come first.
 */
export function compileFilter(settings: FilterSettings): Filter {
  const rules: readonly Rule[] = [
    compileGroups(settings.groups),
    compileExcludedFlags(settings.excludeFlags),
    compileExcludedSpecialUse(settings.excludeSpecialUse, settings.specialUse, settings.specialUseOnNotifysocket),
    // Content looks at messageSize, which the next rule may remove.
    compileContent(settings.contentMode, settings.contentSize),
    compileExtraParameters(settings.extraParams),
  ].filter((rule) => rule !== undefined);

  return (original, mailbox, origin) => {
    const type = spellEventType(original.event);
    let event = original;
    let changes = noChanges;
    for (const rule of rules) {
      const outcome = rule(event, type, mailbox, origin);
      if (outcome === undefined) continue;
      if ('reason' in outcome) return { pass: false, reason: outcome.reason };
      event = outcome.event;
      changes = [...changes, outcome.change];
    }
    return { pass: true, event, changes };
  };
}
