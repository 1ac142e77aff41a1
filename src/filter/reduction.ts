/** NAME_content: how much of an event a notifier gets. Says of every parameter whether it identifies, describes or is personal. */
import { isJsonObject, type Json, type MailEvent } from '../base/event.ts';
import { printable } from '../base/printable.ts';
import { traceIn, traceNames } from '../base/trace-context.ts';
import type { FilterChange } from './rule.ts';

/**
 * - `full`: everything.
 * - `redacted`: what identifies and what describes.
 * - `thin`: what identifies, so that a receiver can ask the mail server for the rest.
 */
export const contentLevels = ['full', 'redacted', 'thin'] as const;
export type ContentLevel = (typeof contentLevels)[number];

/**
 * Every parameter of every schema, by what it says.
 *
 * - `identifies`: the type and time of the event, and names of mailboxes, messages, users, sessions and devices that the mail server has given.
 * - `describes`: numbers, states and programs. Keywords of IMAP are among them.
 * - `personal`: what was written by people or says where they are: subjects, addresses (of the client, too), bodies, and identifiers
 *   that a mail program has made (Message-ID, UID of a calendar entry), because they may contain an address.
 */
export const parameterKinds: Readonly<Record<'identifies' | 'describes' | 'personal', readonly string[]>> = {
  identifies: words(`
    event timestamp uri user userId admin mailboxUser calendarOwner aclSubject mailboxID oldMailboxID mailboxUniqueId uidset
    vnd.cmu.oldUidset modseq mailboxes calendarId calendarEventId alertId recurrenceId apsAccountId apsDeviceToken apsTopic
    apsSubtopic vnd.cmu.sessionId vnd.cmu.emailid vnd.cmu.threadid vnd.fastmail.cid vnd.fastmail.sessionId
    vnd.fastmail.traceId vnd.dovecot.sessionId`),
  describes: words(`
    service pid process serverFQDN serverDomain serverPort clientPort messages uidnext flagNames messageSize diskQuota diskUsed
    maxMessages aclRights action alarmTime allDay apsVersion calendarColor count expiry timezone vnd.cmu.mbtype
    vnd.cmu.unseenMessages vnd.cmu.mailboxACL vnd.cmu.visibleUsers vnd.dovecot.oldFlagNames vnd.dovecot.recentMessages
    vnd.fastmail.clientId vnd.fastmail.compactCalendarIds vnd.fastmail.convExists vnd.fastmail.convUnseen
    vnd.fastmail.counters vnd.fastmail.jmapStates`),
  personal: words(`
    clientIP messageContent messageHeaders bodyStructure envelope tags alarmRecipients calendarName uid summary description
    location organizer start end attendeeNames attendeeEmails attendeeStatus vnd.cmu.envelope vnd.cmu.midset
    vnd.cmu.davFilename vnd.cmu.davUid vnd.dovecot.from vnd.dovecot.to vnd.dovecot.subject vnd.dovecot.snippet
    vnd.fastmail.jmapEmail`),
};

/** Says that an event is that of `belfry test`: for whoever reads the event, however little of it. */
export const testParameter = 'vnd.belfry.test';

/** The event with what goes on. A parameter that no schema has does not: nobody knows what is in it. */
export type Reduction = (event: MailEvent) => MailEvent;

/** Undefined for `full`. */
export function compileReduction(level: ContentLevel): Reduction | undefined {
  if (level === 'full') return undefined;
  const { identifies, describes } = parameterKinds;
  const kept = new Set([testParameter, ...(level === 'thin' ? identifies : [...identifies, ...describes])]);
  return (event) => {
    const parameters = Object.entries(event).filter(
      ([name, value]) => (kept.has(name) && isPlain(name, value)) || isTrace(event, name),
    );
    return Object.assign(Object.fromEntries(parameters), { event: event.event });
  };
}

/** It names no person, and is read as strictly as where it is used. */
function isTrace(event: MailEvent, name: string): boolean {
  if (name !== traceNames.parent && name !== traceNames.state) return false;
  const trace = traceIn(event);
  return trace !== undefined && (name === traceNames.parent || trace.state !== undefined);
}

/** What a reduction has removed, for `belfry explain`; undefined when that is nothing. */
export function reductionOf(option: string, before: MailEvent, after: MailEvent): FilterChange | undefined {
  const removed = Object.keys(before).filter((name) => !Object.hasOwn(after, name));
  return removed.length === 0 ? undefined : { option, detail: printable(`without ${removed.join(' ')}`, 500) };
}

/** An event of a type without a schema may hold anything anywhere: an object in the place of a name does not go on. */
function isPlain(name: string, value: Json): boolean {
  if (name === 'vnd.fastmail.jmapStates' && isJsonObject(value)) return Object.values(value).every(isScalar);
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

function isScalar(value: Json): boolean {
  return !Array.isArray(value) && !isJsonObject(value);
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
