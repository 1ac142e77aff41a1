/** The groups of events that event_groups switches on and off (imapd.conf(5); the masks of Cyrus `imap/mboxevent.c`). */
import type { Rule } from './rule.ts';

/**
 * The events of each group, in the order of imapd.conf(5). AclChange is in two. CalendarEventNew, a name that Cyrus has and never sends, is in none:
 * neither of Cyrus' masks for calendars holds it.
 */
const table = {
  message: [
    'MessageAppend',
    'MessageExpire',
    'MessageExpunge',
    'MessageNew',
    'vnd.cmu.MessageCopy',
    'vnd.cmu.MessageMove',
  ],
  quota: ['QuotaExceed', 'QuotaWithin', 'QuotaChange'],
  flags: ['FlagsSet', 'FlagsClear', 'MessageRead', 'MessageTrash'],
  access: ['Login', 'Logout', 'AclChange'],
  mailbox: ['MailboxCreate', 'MailboxDelete', 'MailboxRename', 'AclChange', 'MailboxModseq'],
  subscription: ['MailboxSubscribe', 'MailboxUnSubscribe'],
  calendar: ['CalendarAlarm'],
  applepushservice: ['ApplePushService', 'ApplePushServiceDAV'],
  jmap: ['MessagesUnscheduled'],
};
export type EventGroup = keyof typeof table;
export const eventsOfGroup: Readonly<Record<EventGroup, readonly string[]>> = table;
export const eventGroups = Object.keys(table) as EventGroup[];

const groupsOfType = new Map<string, readonly EventGroup[]>();
/** Both spellings of each type, as it is and in lower case, to the right one. */
const spelling = new Map<string, string>();
for (const group of eventGroups) {
  for (const type of eventsOfGroup[group]) {
    groupsOfType.set(type, [...(groupsOfType.get(type) ?? []), group]);
    spelling.set(type, type);
    spelling.set(type.toLowerCase(), type);
  }
}

/**
 * A type in the spelling of the table above: `messageNew` and `MailboxUnsubscribe` (Dovecot) become `MessageNew` and
 * `MailboxUnSubscribe`. A type of no group stays as it is.
 */
export function spellEventType(type: string): string {
  return spelling.get(type) ?? spelling.get(type.toLowerCase()) ?? type;
}

/** The groups of a type, compared without case; none for a type that event_groups does not know. */
export function groupsOf(type: string): readonly EventGroup[] {
  return groupsOfType.get(spellEventType(type)) ?? [];
}

/** The group that a word names, in any case. */
export function groupNamed(word: string): EventGroup | undefined {
  return eventGroups.find((candidate) => candidate === word.toLowerCase());
}

/** The types that a word of NAME_events means: those of the group of that name, or itself. */
export function typesNamed(word: string): readonly string[] {
  const group = groupNamed(word);
  return group === undefined ? [word] : eventsOfGroup[group];
}

/**
 * The rule of event_groups: an event passes when any of its groups is on. A type of no group passes: event_groups has
 * no word that could let it in, and whether unknown types are taken at all is settled before the filter.
 */
export function compileGroups(on: readonly string[]): Rule {
  const isOn = new Set(on.map((group) => group.toLowerCase()));
  const held = new Map<string, string>();
  for (const [type, groups] of groupsOfType) {
    if (groups.some((group) => isOn.has(group))) continue;
    held.set(type, `${type} belongs to ${groups.join(' and ')}, which event_groups does not contain`);
  }
  return (_event, type) => {
    const detail = held.get(type);
    return detail === undefined ? undefined : { reason: { option: 'event_groups', detail } };
  };
}
