/**
 * Makes an event of RFC 5423 out of a push notification of Dovecot, in the terms in which every other sender's events
 * come, and absorbs what is peculiar to Dovecot. Each change is put into words for `belfry explain`.
 */
import type { Json, MailEvent } from '../../base/event.ts';
import { quoted } from '../decoded.ts';
import { formatImapUrl } from '../imap-url.ts';
import { formatUidset, parseUidset } from '../uidset.ts';
import { countField, type Fields, field, listField, numberField, textField, wholeNumber } from './fields.ts';
import { flagNames, wellFormed } from './flag-names.ts';

/** What makes a notification the one it is, whichever sender reports it. */
export interface Subject {
  /** As RFC 5423 spells it. */
  readonly type: string;
  /** Of the mail server, in lower case, when the sender reports it. */
  readonly server?: string;
  readonly user: string;
  readonly mailbox: string;
  readonly oldMailbox?: string;
  readonly uidvalidity?: number;
  readonly uidset?: string;
  readonly flagNames?: string;
}

export type Normalised =
  | {
      readonly event: MailEvent;
      readonly subject: Subject;
      readonly changes: readonly string[];
      /** Why no notifier gets it. */
      readonly dropped?: string;
    }
  /** What is missing or wrong, and what was expected. `known`: Dovecot sends it so, and will not send it again. */
  | { readonly wrong: string; readonly known?: true };

/** The events of Dovecot's push notifications, as RFC 5423 spells them. */
const types = [
  ...['MessageNew', 'MessageAppend', 'MessageExpunge', 'MessageRead', 'MessageTrash', 'FlagsSet', 'FlagsClear'],
  ...['MailboxCreate', 'MailboxDelete', 'MailboxRename', 'MailboxSubscribe', 'MailboxUnSubscribe'],
];
const spelling = new Map(types.map((type) => [type.toLowerCase(), type]));

/** What stands in a URL where a sender does not say which server it is. */
const unknownServer = 'localhost';

/** A name or an address, of IPv6 without brackets: it is to stand in URLs, and nothing else with it. */
const serverPattern = /^(?:[\w.-]{1,255}|[0-9A-Fa-f:.]{2,45})$/;

export function isServerName(text: string): boolean {
  return serverPattern.test(text);
}

/** The type of a notification as RFC 5423 spells it, and as it is written; undefined when it names none. */
export function typeOf(fields: Fields): { readonly type: string; readonly written: string } | undefined {
  const written = textField(fields, 'event', 'name');
  return written === undefined ? undefined : { written, type: spelling.get(written.toLowerCase()) ?? written };
}

/** The UIDs of a notification as a set; undefined when it has none, or what it has are no UIDs. */
export function uidsetOf(fields: Fields): string | undefined {
  const value = field(fields, 'imap-uid', 'uid');
  const uids = (Array.isArray(value) ? value : [value]).map((one) => wholeNumber(one));
  if (uids.length === 0 || uids.some((uid) => uid === undefined || uid < 1)) return undefined;
  const set = parseUidset(uids.join(','));
  return set.ok ? formatUidset(set.value) : undefined;
}

export function normalise(fields: Fields): Normalised {
  const named = typeOf(fields) ?? unnamed(fields);
  const { type } = named;
  if (!spelling.has(type.toLowerCase()) && 'written' in named) {
    return { wrong: `the event is ${quoted(type)}; expected one of ${types.join(', ')}` };
  }
  const user = textField(fields, 'user') ?? '';
  const mailbox = textField(fields, 'folder', 'mailbox');
  if (mailbox === undefined) return { wrong: 'the mailbox is missing; expected its name as folder or mailbox' };
  if (user === '' && 'written' in named)
    return { wrong: 'the user is missing; expected the name of the owner as user', known: true };

  const changes: string[] = [];
  if (!('written' in named)) changes.push(`${named.why}: ${type}`);
  else if (named.written !== type) changes.push(`${quoted(named.written)} is spelt ${type}`);

  const written = textField(fields, 'server');
  const server = written !== undefined && isServerName(written) ? written : undefined;
  if (written !== server) changes.push(`removed server ${quoted(written ?? '')}: not a host name`);
  const url = (name: string, rest: { uidvalidity?: number; uid?: number } = {}): string =>
    formatImapUrl({ host: server ?? unknownServer, ...(user === '' ? {} : { user }), mailbox: name, ...rest });
  const common = { event: type, user, ...present({ serverFQDN: server }), ...origin(fields) };
  const whose = { type, ...(server === undefined ? {} : { server: server.toLowerCase() }), user, mailbox };
  const success = field(fields, 'success') !== false;
  const failed = success ? {} : { dropped: `${type}: its transaction failed` };

  if (type.startsWith('Mailbox')) {
    const oldMailbox = textField(fields, 'mailbox_old', 'mailbox-old', 'folder-old', 'folder_old');
    if (type === 'MailboxRename' && oldMailbox === undefined) {
      return { wrong: 'the former name is missing; expected it as mailbox_old' };
    }
    const uri = url(mailbox);
    const old = type === 'MailboxRename' && oldMailbox !== undefined ? oldMailbox : undefined;
    const ids = subscriptions.has(type) ? {} : { mailboxID: uri };
    return {
      event: { ...common, uri, ...ids, ...(old === undefined ? {} : { oldMailboxID: url(old) }) },
      subject: { ...whose, ...(old === undefined ? {} : { oldMailbox: old }) },
      changes,
      ...failed,
    };
  }

  if (!('written' in named)) {
    return { event: { ...common, uri: url(mailbox), ...message(fields) }, subject: whose, changes };
  }

  const uidvalidity = numberField(fields, 'imap-uidvalidity', 'uid_validity');
  if (uidvalidity === undefined || uidvalidity < 1) {
    return { wrong: 'UIDVALIDITY is missing or not a number; expected it as imap-uidvalidity or uid_validity' };
  }
  const uidset = uidsetOf(fields);
  if (uidset === undefined) {
    return { wrong: 'the UID is missing or none; expected one, or a list of them, as imap-uid or uid' };
  }
  const subject = { ...whose, uidvalidity, uidset };

  if (arrivals.has(type)) {
    const uid = wholeNumber(uidset);
    if (uid === undefined) return { wrong: `${type} is about the UIDs ${quoted(uidset)}; expected one UID` };
    const { names } = flagNames(fields, changes);
    const flags = names.length === 0 ? {} : { flagNames: names.join(' ') };
    const event = { ...common, uri: url(mailbox, { uidvalidity, uid }), ...flags, ...message(fields) };
    return { event, subject, changes, ...failed };
  }

  const about = { ...common, uri: url(mailbox, { uidvalidity }), uidset, ...message(fields) };
  if (type !== 'FlagsSet' && type !== 'FlagsClear') return { event: about, subject, changes, ...failed };

  const { names, reported } = flagNames(fields, changes, type === 'FlagsSet');
  const old = wellFormed([
    ...listField(fields, 'flags-old', 'flags_old'),
    ...listField(fields, 'keywords-old', 'keywords_old'),
  ]);
  const event = {
    ...about,
    flagNames: names.join(' '),
    ...(old.length === 0 ? {} : { 'vnd.dovecot.oldFlagNames': old.join(' ') }),
  };
  const changed = {
    event,
    subject: { ...subject, flagNames: names.join(' ').toLowerCase().split(' ').sort().join(' ') },
    changes,
  };
  if (names.length > 0) return { ...changed, ...failed };
  return { ...changed, dropped: reported.length > 0 ? `${type}: ${reported.join('; ')}` : `an empty ${type}` };
}

const arrivals = new Set(['MessageNew', 'MessageAppend']);
const subscriptions = new Set(['MailboxSubscribe', 'MailboxUnSubscribe']);

/**
 * What a request without event and UID reports, as the script in Dovecot's documentation sends them: of a new message, or
 * how many messages there are. RFC 5423 §4.1 asks for the UID in a MessageNew, so both have types of their own.
 */
function unnamed(fields: Fields): { readonly type: string; readonly why: string } {
  const isStatus = ['messages', 'unseen', 'recent'].some((name) => field(fields, name) !== undefined);
  const isMessage = ['from', 'to', 'subject', 'snippet'].some((name) => field(fields, name) !== undefined);
  return isStatus && !isMessage
    ? { type: 'vnd.dovecot.MailboxStatus', why: 'numbers of messages without an event' }
    : { type: 'vnd.dovecot.MessageNew', why: 'a new message without event and UID' };
}

/** Which program made the notification, and when. */
function origin(fields: Fields): Readonly<Record<string, Json>> {
  const seconds = numberField(fields, 'time');
  const parameters = {
    service: textField(fields, 'service'),
    timestamp: seconds !== undefined && seconds < latestTime ? new Date(seconds * 1000).toISOString() : undefined,
    'vnd.dovecot.sessionId': textField(fields, 'session'),
  };
  return present(parameters);
}

/** The last second of the year 9999. */
const latestTime = 253_402_300_799;

/** What a notification reports of the message and its mailbox. Texts stay as the header has them (RFC 2047). */
function message(fields: Fields): Readonly<Record<string, Json>> {
  const id = textField(fields, 'message_id', 'message-id');
  return present({
    messages: countField(fields, 'messages'),
    'vnd.cmu.unseenMessages': countField(fields, 'unseen'),
    'vnd.cmu.midset': id === undefined ? undefined : [id],
    'vnd.dovecot.recentMessages': countField(fields, 'recent'),
    'vnd.dovecot.from': textField(fields, 'from'),
    'vnd.dovecot.to': textField(fields, 'to'),
    'vnd.dovecot.subject': textField(fields, 'subject'),
    'vnd.dovecot.snippet': textField(fields, 'snippet'),
  });
}

function present(parameters: Readonly<Record<string, Json | undefined>>): Readonly<Record<string, Json>> {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) result[name] = value;
  return result;
}
