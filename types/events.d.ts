/** The events of belfry as TypeScript has them. Made from the schemas in config/schemas: not to be edited. */

/**
 * Any event of a type that has a schema, told apart by `event`. A parameter that no schema names is not here. Numbers
 * have up to 63 bits: JSON.parse rounds what is beyond 2^53.
 */
export type MailEvent =
  | AclChange
  | ApplePushService
  | ApplePushServiceDAV
  | CalendarAlarm
  | CalendarEventNew
  | FlagsClear
  | FlagsSet
  | Login
  | Logout
  | MailboxCreate
  | MailboxDelete
  | MailboxModseq
  | MailboxRename
  | MailboxSubscribe
  | MailboxUnSubscribe
  | MessageAppend
  | MessageExpire
  | MessageExpunge
  | MessageNew
  | MessageRead
  | MessageTrash
  | MessagesUnscheduled
  | QuotaChange
  | QuotaExceed
  | QuotaWithin
  | VndCmuMessageCopy
  | VndCmuMessageMove
  | VndDovecotMailboxStatus
  | VndDovecotMessageNew;

/**
 * The access control list of a mailbox was changed: one subject got other rights, or lost its entry. (Cyrus IMAP,
 * imap/mboxevent.c)
 */
export interface AclChange extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'AclChange';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID: string;
  /**
   * Whose rights were changed: a user, a group, anyone, or one of these behind a minus sign for rights that are taken
   * away. (Cyrus IMAP, imap/mboxevent.c)
   */
  readonly aclSubject: string;
  /**
   * The rights that were given (RFC 4314), perhaps behind + or -. Absent when the entry was deleted. (Cyrus IMAP,
   * imap/mboxevent.c)
   */
  readonly aclRights?: string;
}

/** A mail client registered its device with XAPPLEPUSHSERVICE. (Cyrus IMAP, imap/mboxevent.c) */
export interface ApplePushService extends EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'ApplePushService';
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
  /**
   * The version of the push service that the client asked for. Empty in the documentation of Cyrus. (Cyrus IMAP,
   * imap/mboxevent.c; Cyrus IMAP, documentation of its events)
   */
  readonly apsVersion: number | '';
  /** Names the account on the device. (Cyrus IMAP, imap/mboxevent.c) */
  readonly apsAccountId: string;
  /** Names the device to the push service. (Cyrus IMAP, imap/mboxevent.c) */
  readonly apsDeviceToken: string;
  /** Names the application on the device. (Cyrus IMAP, imap/mboxevent.c) */
  readonly apsSubtopic: string;
  /**
   * The mailboxes that the device wants to hear about. In the documentation of Cyrus the text [array of mailboxIDs]
   * stands for them. (Cyrus IMAP, imap/mboxevent.c; Cyrus IMAP, documentation of its events)
   */
  readonly mailboxes: readonly string[] | '[array of mailboxIDs]';
}

/** A calendar or contacts client registered its device for a collection. (Cyrus IMAP, imap/mboxevent.c) */
export interface ApplePushServiceDAV extends EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'ApplePushServiceDAV';
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
  /** The topic of the push service that the device subscribed to. (Cyrus IMAP, imap/mboxevent.c) */
  readonly apsTopic: string;
  /** Names the device to the push service. (Cyrus IMAP, imap/mboxevent.c) */
  readonly apsDeviceToken: string;
  /** Whose mailbox it is. (Cyrus IMAP, imap/mboxevent.c) */
  readonly mailboxUser: string;
  /** The identifier that a mailbox keeps for as long as it exists. (Cyrus IMAP, imap/mboxevent.c) */
  readonly mailboxUniqueId: string;
  /** For how many seconds the subscription holds. (Cyrus IMAP, imap/mboxevent.c) */
  readonly expiry: number;
  /**
   * A letter for the type: e mail, c calendar, a address book, b other collection, j, s and p for JMAP, f Sieve;
   * further letters for its state. Empty from 3.0 for mail. (Cyrus IMAP, imap/mboxlist.c)
   */
  readonly 'vnd.cmu.mbtype'?: string;
}

/**
 * The alarm of a calendar event is due. Text that is not UTF-8 is left out by Cyrus, so calendarName, summary,
 * description, location and organizer can be absent. (Cyrus IMAP, imap/caldav_alarm.c)
 */
export interface CalendarAlarm extends EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'CalendarAlarm';
  /** When the alarm was due, in UTC. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly alarmTime: string;
  /**
   * Who is to get the alarm, as mailto URIs; empty for an alarm that is displayed. (Cyrus IMAP, imap/caldav_alarm.c)
   */
  readonly alarmRecipients: readonly string[];
  /** What the alarm does. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly action: 'display' | 'email';
  /** Whose calendar or mailbox it is. (Cyrus IMAP, imap/mboxevent.c) */
  readonly userId: string;
  /** The last part of the name of the calendar. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly calendarId?: string;
  /** The name of the calendar as its user sees it. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly calendarName?: string;
  /** The colour of the calendar, such as #ff0000; can be empty. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly calendarColor?: string;
  /** Whose calendar it is, which need not be userId. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly calendarOwner?: string;
  /** Names the calendar event in JMAP; can be empty. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly calendarEventId?: string;
  /** Names the alert in JMAP; can be empty. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly alertId?: string;
  /** The UID property of the calendar event. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly uid: string;
  /**
   * Which one of a series, as a local time; empty when the event is none of a series. (Cyrus IMAP, imap/caldav_alarm.c)
   */
  readonly recurrenceId?: string;
  /** The SUMMARY property of the calendar event. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly summary?: string;
  /** The DESCRIPTION property of the calendar event. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly description?: string;
  /** The LOCATION property of the calendar event. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly location?: string;
  /** The ORGANIZER property of the calendar event, a URI; can be empty. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly organizer?: string;
  /** The time zone of start and end; [floating] when they have none. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly timezone: string;
  /** When the calendar event begins. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly start: string;
  /** When the calendar event ends. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly end: string;
  /** 1 when the calendar event lasts whole days. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly allDay: number;
  /** The name of each attendee, empty when it has none. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly attendeeNames: readonly string[];
  /** The address of each attendee, a URI, in the order of attendeeNames. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly attendeeEmails: readonly string[];
  /** What each attendee has answered (PARTSTAT), in the order of attendeeNames. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly attendeeStatus: readonly string[];
}

/**
 * A name that Cyrus has for a calendar entry stored by CalDAV and never sends: it reports a MessageNew with
 * vnd.cmu.davFilename and vnd.cmu.davUid instead. No group switches it. (Cyrus IMAP, imap/mboxevent.c)
 */
export interface CalendarEventNew extends AccessParameters, EventParameters, MailboxParameters, MessageParameters, NewMessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'CalendarEventNew';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY and UID are in it. (RFC 5423 §4.1 and §5)
   */
  readonly uri: string;
}

/** Flags or keywords were taken from messages. (RFC 5423 §4.2) */
export interface FlagsClear extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'FlagsClear';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
  /**
   * The IMAP flags and keywords that were set or cleared, between spaces. System flags begin with a backslash; they are
   * compared without case. They stand here as the server sent them, keywords with odd characters included. (RFC 5423
   * §4.2 and §5)
   */
  readonly flagNames: string;
  /**
   * The flags and keywords that the messages had before some of them were cleared, between spaces. (Dovecot,
   * src/plugins/push-notification)
   */
  readonly 'vnd.dovecot.oldFlagNames'?: string;
}

/**
 * Flags or keywords were set on messages. Cyrus reports \Seen as MessageRead and \Deleted as MessageTrash, in events
 * of their own. (RFC 5423 §4.2)
 */
export interface FlagsSet extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'FlagsSet';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
  /**
   * The IMAP flags and keywords that were set or cleared, between spaces. System flags begin with a backslash; they are
   * compared without case. They stand here as the server sent them, keywords with odd characters included. (RFC 5423
   * §4.2 and §5)
   */
  readonly flagNames: string;
}

/** A user logged in by IMAP, POP, HTTP or otherwise. (RFC 5423 §4.3) */
export interface Login extends AccessParameters, EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'Login';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
  /** The domain name or the address that the client connected to. (RFC 5423 §5) */
  readonly serverDomain: string;
  /** The port that the client connected to. (RFC 5423 §5) */
  readonly serverPort: number;
}

/** A user logged out or lost the connection. (RFC 5423 §4.3) */
export interface Logout extends AccessParameters, EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'Logout';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
  /** The domain name or the address that the client connected to. (RFC 5423 §5) */
  readonly serverDomain: string;
}

/** A mailbox was created, or became accessible. (RFC 5423 §4.4) */
export interface MailboxCreate extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxCreate';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID: string;
}

/** A mailbox was deleted, or is no longer accessible. Its children remain. (RFC 5423 §4.4) */
export interface MailboxDelete extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxDelete';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID: string;
}

/**
 * Something in the mailbox changed. It comes with nearly every change; user is empty, and it tells no mod-sequence.
 * (Cyrus IMAP, imap/mboxevent.c)
 */
export interface MailboxModseq extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxModseq';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID: string;
}

/** A mailbox has another name. Its children were renamed with it, without events of their own. (RFC 5423 §4.4) */
export interface MailboxRename extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxRename';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID: string;
  /**
   * The mailbox as it was called before, or the one that the messages came from: an IMAP URL from Cyrus, an opaque
   * identifier from others. (RFC 5423 §5)
   */
  readonly oldMailboxID: string;
}

/** A user added a mailbox to the subscribed ones. (RFC 5423 §4.4) */
export interface MailboxSubscribe extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxSubscribe';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
}

/**
 * A user removed a mailbox from the subscribed ones. Dovecot writes MailboxUnsubscribe; types are compared without
 * case. (RFC 5423 §4.4)
 */
export interface MailboxUnSubscribe extends AccessParameters, EventParameters, MailboxParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MailboxUnSubscribe';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The user: whose session, subscription or device it is. (RFC 5423 §5) */
  readonly user: string;
}

/** A client stored a message in a mailbox. With Dovecot a copied or moved message is one too. (RFC 5423 §4.1) */
export interface MessageAppend extends AccessParameters, EventParameters, MailboxParameters, MessageParameters, NewMessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageAppend';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY and UID are in it. (RFC 5423 §4.1 and §5)
   */
  readonly uri: string;
}

/** The server removed messages that were older than it keeps them. (RFC 5423 §4.1) */
export interface MessageExpire extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageExpire';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY is in it, because UIDs mean nothing without. (RFC
   * 5423 §4.1 and §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
}

/**
 * A client or a program of the server removed messages for good. A message that was moved is expunged where it was.
 * (RFC 5423 §4.1)
 */
export interface MessageExpunge extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageExpunge';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY is in it, because UIDs mean nothing without. (RFC
   * 5423 §4.1 and §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
}

/**
 * A message came into a mailbox by delivery. With Cyrus also: a calendar entry or contact was stored by CalDAV or
 * CardDAV, which vnd.cmu.mbtype shows. (RFC 5423 §4.1)
 */
export interface MessageNew extends AccessParameters, EventParameters, MailboxParameters, MessageParameters, NewMessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageNew';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY and UID are in it. (RFC 5423 §4.1 and §5)
   */
  readonly uri: string;
  /** MAIL FROM and the RCPT TO of the delivery, with CRLF between the lines. (RFC 5423 §5) */
  readonly envelope?: string;
}

/** Messages were marked as seen. (RFC 5423 §4.2) */
export interface MessageRead extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageRead';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
}

/** Messages were marked as deleted; they are still there. (RFC 5423 §4.2) */
export interface MessageTrash extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessageTrash';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
}

/** Messages that a user had scheduled for sending were not sent. (Cyrus IMAP, imap/caldav_alarm.c) */
export interface MessagesUnscheduled extends EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'MessagesUnscheduled';
  /** Whose calendar or mailbox it is. (Cyrus IMAP, imap/mboxevent.c) */
  readonly userId: string;
  /** How many messages could not be sent as they had been scheduled. (Cyrus IMAP, imap/caldav_alarm.c) */
  readonly count: number;
}

/**
 * The limits of a quota were changed. uri names the quota root. (RFC 5423 §4.1) Carries diskQuota or maxMessages.
 */
export interface QuotaChange extends AccessParameters, EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'QuotaChange';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /** The limit of the quota in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskQuota?: number | string;
  /** The storage that counts against the quota, in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskUsed?: number | string;
  /** The limit of the number of messages; -1 when there is none. (RFC 5423 §5; Cyrus IMAP, imap/mboxevent.c) */
  readonly maxMessages?: number | string;
  /** How many messages count against the quota. (RFC 5423 §5) */
  readonly messages?: number;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID?: string;
}

/**
 * Something failed, mostly a delivery, because it would have exceeded a quota. uri names the quota root. (RFC 5423
 * §4.1) Carries diskQuota with diskUsed, or maxMessages with messages.
 */
export interface QuotaExceed extends AccessParameters, EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'QuotaExceed';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * On whose behalf it was done; empty when a program of the server did it. It need not be the owner of the mailbox.
   * (RFC 5423 §5)
   */
  readonly user: string;
  /** The limit of the quota in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskQuota?: number | string;
  /** The storage that counts against the quota, in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskUsed?: number | string;
  /** The limit of the number of messages; -1 when there is none. (RFC 5423 §5; Cyrus IMAP, imap/mboxevent.c) */
  readonly maxMessages?: number | string;
  /** How many messages count against the quota. (RFC 5423 §5) */
  readonly messages?: number;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID?: string;
}

/**
 * What was used is below the limit of the quota again. uri names the quota root. (RFC 5423 §4.1) Carries diskQuota
 * with diskUsed, or maxMessages with messages.
 */
export interface QuotaWithin extends AccessParameters, EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'QuotaWithin';
  /**
   * The server or mailbox, as an IMAP URL (RFC 5092). The event can be used without it, so nothing is refused:
   * timsieved of Cyrus 3.10 and 3.12 sends it without the mailbox (imap://host;UIDVALIDITY=1 or
   * imap://host/user;UIDVALIDITY=1). Then the event has no mailbox. (RFC 5423 §5)
   */
  readonly uri: string;
  /**
   * On whose behalf it was done; empty when a program of the server did it. It need not be the owner of the mailbox.
   * (RFC 5423 §5)
   */
  readonly user: string;
  /** The limit of the quota in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskQuota?: number | string;
  /** The storage that counts against the quota, in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskUsed?: number | string;
  /** The limit of the number of messages; -1 when there is none. (RFC 5423 §5; Cyrus IMAP, imap/mboxevent.c) */
  readonly maxMessages?: number | string;
  /** How many messages count against the quota. (RFC 5423 §5) */
  readonly messages?: number;
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID?: string;
}

/**
 * A client copied messages to another mailbox. uri and uidset say where they are now, oldMailboxID and
 * vnd.cmu.oldUidset where they came from. (Cyrus IMAP, imap/mboxevent.c)
 */
export interface VndCmuMessageCopy extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'vnd.cmu.MessageCopy';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY is in it, because UIDs mean nothing without. (RFC
   * 5423 §4.1 and §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
  /**
   * The mailbox as it was called before, or the one that the messages came from: an IMAP URL from Cyrus, an opaque
   * identifier from others. (RFC 5423 §5)
   */
  readonly oldMailboxID: string;
  /** The UIDs that the messages have in the mailbox they came from. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.oldUidset': string;
}

/**
 * A client moved messages to another mailbox. uri and uidset say where they are now, oldMailboxID and
 * vnd.cmu.oldUidset where they came from. A MessageExpunge of the old mailbox follows. (Cyrus IMAP, imap/mboxevent.c)
 */
export interface VndCmuMessageMove extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'vnd.cmu.MessageMove';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. UIDVALIDITY is in it, because UIDs mean nothing without. (RFC
   * 5423 §4.1 and §5)
   */
  readonly uri: string;
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset: string;
  /**
   * The mailbox as it was called before, or the one that the messages came from: an IMAP URL from Cyrus, an opaque
   * identifier from others. (RFC 5423 §5)
   */
  readonly oldMailboxID: string;
  /** The UIDs that the messages have in the mailbox they came from. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.oldUidset': string;
}

/**
 * How many messages a mailbox has, told by a Lua script of Dovecot after something happened in it. No group switches
 * it. (Dovecot, src/plugins/push-notification)
 */
export interface VndDovecotMailboxStatus extends AccessParameters, EventParameters, MailboxParameters, MessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'vnd.dovecot.MailboxStatus';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** How many messages in the mailbox no session has seen yet. (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.recentMessages'?: number;
}

/**
 * A message came into a mailbox, told by a Lua script of Dovecot that does not say its UID, so that it is no
 * MessageNew. No group switches it. (Dovecot, src/plugins/push-notification)
 */
export interface VndDovecotMessageNew extends AccessParameters, EventParameters, MailboxParameters, MessageParameters, NewMessageParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: 'vnd.dovecot.MessageNew';
  /**
   * What the event is about, as an IMAP URL (RFC 5092). Cyrus 3.x names the mailbox as an administrator sees it; 2.5
   * puts the user before the host, with an unencoded @. (RFC 5423 §5)
   */
  readonly uri: string;
  /** How many messages in the mailbox no session has seen yet. (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.recentMessages'?: number;
}

/** What events carry that come from a session of a client. Cyrus sends all but user with Login and Logout alone. */
export interface AccessParameters {
  /**
   * On whose behalf it was done; empty when a program of the server did it. It need not be the owner of the mailbox.
   * (RFC 5423 §5)
   */
  readonly user?: string;
  /** Who logged in, when that is somebody else than user. (RFC 5423 §5) */
  readonly admin?: string;
  /** The IPv4 or IPv6 address that the client connected from. (RFC 5423 §5) */
  readonly clientIP?: string;
  /** The port that the client connected from. (RFC 5423 §5) */
  readonly clientPort?: number;
  /** The domain name or the address that the client connected to. (RFC 5423 §5) */
  readonly serverDomain?: string;
  /** The port that the client connected to. (RFC 5423 §5) */
  readonly serverPort?: number;
}

/**
 * What any event can carry. Parameters that no schema knows pass unchecked, those that begin with vnd. as well as
 * others: senders may add to RFC 5423 (§6).
 */
export interface EventParameters {
  /** The type of the event. The schema of that name describes the other parameters. (RFC 5423 §4) */
  readonly event: string;
  /**
   * When the event happened, in local time with its offset from UTC. It can run backwards by milliseconds from one
   * event to the next. (RFC 5423 §5)
   */
  readonly timestamp?: string;
  /** The service that caused the event: imap, pop3, lmtp, http, or a program such as cyr_expire. (RFC 5423 §5) */
  readonly service?: string;
  /** The process that made the event. (RFC 5423 §5) */
  readonly pid?: number;
  /** The name of the process that made the event. (RFC 5423 §5) */
  readonly process?: string;
  /**
   * The fully qualified domain name of the server that made the event. It need not be the host in uri. Cyrus writes its
   * option servername. (RFC 5423 §5)
   */
  readonly serverFQDN?: string;
  /** Tags that were given when the notification was asked for. (RFC 5423 §5) */
  readonly tags?: string | readonly string[];
  /**
   * Names the session that caused the event. Events of one session arrive in their order. (Cyrus IMAP,
   * imap/mboxevent.c)
   */
  readonly 'vnd.cmu.sessionId'?: string;
  /** Names the session of Dovecot that caused the event. (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.sessionId'?: string;
  /** What the client called itself in the session; often empty. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.clientId'?: string;
  /** The same as vnd.cmu.sessionId. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.sessionId'?: string;
  /** Names the trace that the session is part of. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.traceId'?: string;
  /** 1 when calendars have compact identifiers. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.compactCalendarIds'?: number;
}

/**
 * What events about a mailbox or its messages can carry. Cyrus sends the type and the access control list of the
 * mailbox always, mailboxID nearly so.
 */
export interface MailboxParameters {
  /**
   * Names the mailbox beyond its renaming: an opaque identifier from Cyrus 3.x, an IMAP URL from 2.5. Of a renamed
   * mailbox it is the new one. (RFC 5423 §5)
   */
  readonly mailboxID?: string;
  /** The identifier that a mailbox keeps for as long as it exists. (Cyrus IMAP, imap/mboxevent.c) */
  readonly mailboxUniqueId?: string;
  /** The UID that the next message in the mailbox is expected to get. (RFC 5423 §5) */
  readonly uidnext?: number;
  /**
   * A letter for the type: e mail, c calendar, a address book, b other collection, j, s and p for JMAP, f Sieve;
   * further letters for its state. Empty from 3.0 for mail. (Cyrus IMAP, imap/mboxlist.c)
   */
  readonly 'vnd.cmu.mbtype'?: string;
  /**
   * The rights on the mailbox: identifier and rights in turn, each followed by a tab. (Cyrus IMAP, imap/mboxevent.c)
   */
  readonly 'vnd.cmu.mailboxACL'?: string;
  /** The users who may read the mailbox, between tabs. (Cyrus IMAP, imap/mailbox.c) */
  readonly 'vnd.cmu.visibleUsers'?: string;
  /** How many conversations are in the mailbox. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.convExists'?: number;
  /** How many conversations in the mailbox have an unseen message. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.convUnseen'?: number;
  /** The counters of the user: a version, mod-sequences by kind, and a UIDVALIDITY. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.counters'?: string;
  /** The state of each JMAP data type. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.jmapStates'?: Readonly<Record<string, string | number>>;
}

/** What events about messages in a mailbox can carry. */
export interface MessageParameters {
  /** How many messages are in the mailbox after the event. (RFC 5423 §5) */
  readonly messages?: number;
  /**
   * The mod-sequence of the message (RFC 7162). Cyrus leaves it out when the event is about three messages or more, and
   * gives that of the second when it is about two. It can be beyond 2^53, which is more than a number of JavaScript
   * holds. A string of digits is taken as well, as belfry 0.1 wrote such numbers. (RFC 5423 §5)
   */
  readonly modseq?: number | string;
  /** How many messages in the mailbox its owner has not seen. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.unseenMessages'?: number;
  /**
   * The Message-ID of each message, as its header has it; the string NIL for a message without. (Cyrus IMAP,
   * imap/mboxevent.c)
   */
  readonly 'vnd.cmu.midset'?: readonly string[];
  /** The storage that counts against the quota, in units of 1024 bytes. (RFC 5423 §5) */
  readonly diskUsed?: number | string;
}

/**
 * What MessageNew and MessageAppend can carry: data of the message itself. Cyrus names the message in uri; a uidset
 * is in the samples of its documentation.
 */
export interface NewMessageParameters {
  /** The messages that the event is about, as an IMAP sequence set of UIDs. (RFC 5423 §5) */
  readonly uidset?: string;
  /**
   * The IMAP flags and keywords that were set or cleared, between spaces. System flags begin with a backslash; they are
   * compared without case. They stand here as the server sent them, keywords with odd characters included. (RFC 5423
   * §4.2 and §5)
   */
  readonly flagNames?: string;
  /** The size of the message in bytes, as IMAP tells it (RFC822.SIZE). (RFC 5423 §5) */
  readonly messageSize?: number;
  /** The IMAP BODYSTRUCTURE of the message. (RFC 5423 §5) */
  readonly bodyStructure?: string;
  /**
   * The message itself, or the part of it that event_content_inclusion_mode asks for. The documentation of Cyrus shows
   * an object with a message for each UID. (RFC 5423 §5; Cyrus IMAP, documentation of its events)
   */
  readonly messageContent?: string | Readonly<Record<string, string>>;
  /**
   * The header of the message, taken apart: an object of header fields for each UID. (Cyrus IMAP, documentation of its
   * events)
   */
  readonly messageHeaders?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The IMAP ENVELOPE of the message. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.envelope'?: string;
  /** Names the content of the message (RFC 8474). (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.emailid'?: string;
  /** Names the conversation of the message (RFC 8474), or NIL. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.threadid'?: string;
  /** The name of the calendar entry or contact in its collection. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.davFilename'?: string;
  /** The UID of the calendar entry or contact. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.cmu.davUid'?: string;
  /** The header field From of the message, as it stands there (RFC 2047). (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.from'?: string;
  /** The header field To of the message, as it stands there (RFC 2047). (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.to'?: string;
  /**
   * The subject of the message: decoded by Lua's events, as it stands in the header (RFC 2047) by the OX driver.
   * (Dovecot, src/plugins/push-notification)
   */
  readonly 'vnd.dovecot.subject'?: string;
  /** The first words of the message's text, 200 characters at most. (Dovecot, src/plugins/push-notification) */
  readonly 'vnd.dovecot.snippet'?: string;
  /** Names the conversation of the message, or NIL. (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.cid'?: string;
  /** Some properties of the message as JMAP has them (RFC 8621). (Cyrus IMAP, imap/mboxevent.c) */
  readonly 'vnd.fastmail.jmapEmail'?: Readonly<Record<string, unknown>>;
}

/**
 * What a mail server sends beside events: messages for people (class MAIL, SIEVE and others) and invitations (class
 * IMIP).
 */
export interface RequestEnvelope {
  /** The class of the request, such as SIEVE. Never EVENT. */
  readonly class: string;
  /** The method that the sender asks for; often empty. */
  readonly method: string;
  /** The priority that the sender gave it; often empty. */
  readonly priority: string;
  /** Whom it is for. */
  readonly user: string;
  /** The name of the mailbox, in Unicode; can be empty. */
  readonly mailbox: string;
  /** What the sender says beside the message: for class SIEVE the options of the script. */
  readonly options: readonly string[];
  /** The text of the request. Absent when imip is there. */
  readonly message?: string;
  /** The message of class IMIP, where it is a JSON object. */
  readonly imip?: Readonly<Record<string, unknown>>;
  /** The file that the sender named. */
  readonly fname?: string;
}

/** All members but coalesced are always there; what is unknown or absent is null. */
export interface WebhookEnvelope {
  /** The id of the request, the same at each attempt. */
  readonly id: string;
  /** When belfry received it. */
  readonly receivedAt: string;
  readonly event: string | null;
  readonly user: string | null;
  readonly mailbox: {
    readonly name: string;
    readonly owner: string | null;
    readonly path: readonly string[];
    readonly separator: '/' | '.' | null;
    readonly specialUse: readonly string[];
  } | null;
  readonly uidvalidity: number | null;
  readonly uidset: string | null;
  readonly uids: readonly number[] | null;
  /** Only where it stands for earlier notifications as well (NAME_throttle, NAME_debounce). */
  readonly coalesced?: {
    readonly count: number;
    readonly firstReceivedAt: string;
  };
  /** The event, or the request of another class: the body of the default format. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event with its type and time beside it. */
export interface StandardWebhook {
  /** The type of the event, or the class of another request. */
  readonly type: string;
  /** When it happened. */
  readonly timestamp: string;
  /** The event, or the request of another class: the body of the default format. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event with the attributes of CloudEvents. */
export interface MailCloudEvent {
  /** The version of CloudEvents. */
  readonly specversion: '1.0';
  /** The id of the request, the same at each attempt. */
  readonly id: string;
  /** imap:// and the name of the mail server (servername). */
  readonly source: string;
  /** org.ietf.rfc5423. and the type of an event, org.cyrusimap.notify. and the class of another request. */
  readonly type: string;
  /** When it happened. */
  readonly time: string;
  /** The name of the mailbox. */
  readonly subject?: string;
  /** For how many notifications it stands, itself among them. Absent: for itself alone. */
  readonly coalesced?: string;
  /** Of data. */
  readonly datacontenttype: 'application/json';
  /** The event, or the request of another class: the body of the default format. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A new message in an INBOX. It comes by PUT. */
export interface OxNotification {
  /** The owner of the INBOX. */
  readonly user: string;
  readonly event: 'messageNew';
  readonly folder: 'INBOX';
  /** UIDVALIDITY of the INBOX. */
  readonly 'imap-uidvalidity': number;
  /** The UID of the message. */
  readonly 'imap-uid': number;
  /** The header field From, its encoded words not decoded. */
  readonly from?: string;
  /** The header field Subject, its encoded words not decoded. */
  readonly subject?: string;
  /** The beginning of the text. */
  readonly snippet?: string;
  /** How many messages nobody has read. */
  readonly unseen?: number;
}

/** The headers of each request that a webhook gets, by their names in lower case. */
export interface WebhookHeaders {
  /** The type of the body: application/json in the default format. */
  readonly 'content-type': string;
  /**
   * Names the notification, the same at each attempt: a receiver that has taken it answers 2xx again and does nothing
   * (Standard Webhooks).
   */
  readonly 'webhook-id': string;
  /** When the attempt began, in seconds since 1970 (Standard Webhooks). */
  readonly 'webhook-timestamp': string;
  /** The signatures, where NAME_webhook_secret is set (Standard Webhooks). */
  readonly 'webhook-signature'?: string;
  /** Present where the body is compressed (NAME_webhook_compress). */
  readonly 'content-encoding'?: 'gzip';
  /** For how many notifications it stands, itself among them. Absent: for itself alone. */
  readonly 'belfry-coalesced'?: string;
  /** Present where belfry test has sent it. */
  readonly 'belfry-test'?: 'yes';
  /** belfry with its version. */
  readonly 'user-agent': string;
  /** An answer should not be compressed. */
  readonly 'accept-encoding': 'identity';
  /** What NAME_webhook_authorization or NAME_webhook_token says, or a user and a password (RFC 7617). */
  readonly authorization?: string;
}
