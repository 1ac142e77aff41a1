/**
 * For each parameter values that no event may give it. A schema that stops to check a parameter is noticed by them, and a
 * parameter that is missing here is noticed too.
 */
import type { Json } from '../../src/base/event.ts';

const noText: readonly Json[] = [null, true, 17, [], {}];
const noArray: readonly Json[] = [null, true, 17, 'a', {}];
const noObject: readonly Json[] = [null, true, 17, 'a', []];
const noCount: readonly Json[] = [null, true, '7', -1, 1.5, 1e300, [], {}];
const noLongCount: readonly Json[] = [...noCount, '', '0000000000000000', '99999999999999999999', '-9007199254740993'];
const noPort: readonly Json[] = [...noCount, 65_536];
const noSwitch: readonly Json[] = [...noCount, 2];
const noWord: readonly Json[] = [...noText, '', 'a b', 'a\n', 'ü'];
const noName: readonly Json[] = [...noText, 'a\u0000b', 'a\r\nb', 'a\u007f', 'a'.repeat(1025)];
const noNonEmptyName: readonly Json[] = [...noName, ''];
const noUidset: readonly Json[] = [
  ...noText,
  ...[
    '',
    '0',
    '01',
    '1:',
    ':1',
    '1,',
    ',1',
    '1,,2',
    '1:2:3',
    '1 2',
    '1;2',
    'a',
    '$',
    '-1',
    '4294967296',
    '12345678901',
    '1\n',
  ],
];
const noFlags: readonly Json[] = [...noText, ...['', ' ', '   ']];
const noUrl: readonly Json[] = [
  ...noText,
  ...['', 'imap', 'imap://', 'imap:///INBOX', 'imaps://h/INBOX', 'http://h/INBOX', ' imap://h/INBOX', '//h/INBOX'],
  ...['imap://h ost/INBOX', 'imap://h/IN\nBOX', 'imap://h/%', 'imap://h/%0a', 'imap://h/%ff', 'imap://h:99999/INBOX'],
  `imap://h/${'a'.repeat(32_768)}`,
];
const noMailboxUrl: readonly Json[] = [
  ...noUrl,
  'imap://h',
  'imap://h/',
  'imap://u@h',
  'imap://h/;UIDVALIDITY=1',
  'imap://h/?a',
];
const noUidvalidityUrl: readonly Json[] = [
  ...noMailboxUrl,
  ...[
    'imap://h/INBOX',
    'imap://h/INBOX;UIDVALIDITY=0',
    'imap://h/INBOX;UIDVALIDITY=',
    'imap://h/INBOX;UIDVALIDITY=4294967296',
  ],
  ...['imap://h/INBOX%3BUIDVALIDITY=1', 'imap://h/INBOX?;UIDVALIDITY=1', 'imap://h/INBOX/;UID=1'],
];
const noMessageUrl: readonly Json[] = [
  ...noUidvalidityUrl,
  ...[
    'imap://h/INBOX;UIDVALIDITY=1',
    'imap://h/INBOX;UIDVALIDITY=1/;UID=0',
    'imap://h/INBOX;UIDVALIDITY=1/;UID=4294967296',
  ],
  'imap://h/INBOX;UIDVALIDITY=1/;SECTION=1',
];
const noMailboxId: readonly Json[] = [...noText, ''];
const noIdentifier: readonly Json[] = [...noText, '', 'a b', 'a/b', 'a'.repeat(256)];
const noList: readonly Json[] = [...noText, '', 'NIL', '(', ')', '(a', 'a)', ' (a)', '(a) '];
const noTime: readonly Json[] = [
  ...noText,
  '',
  '2026-11-21T06:30:00Z',
  '20261121T0630Z',
  '2026112',
  '20261121 063000',
  '20261121T063000+01',
];
const noTexts: readonly Json[] = [...noArray, [17], ['a', null]];

/** `uri` and others mean different things to different events: the values that are wrong for all of them. */
export const wrongValues: Readonly<Record<string, readonly Json[]>> = {
  uri: noText,
  timestamp: [
    ...noText,
    ...[
      '',
      'now',
      '2026-11-21',
      '2026-11-21T06:28:56.117',
      '2026-11-21 06:28:56Z',
      '2026-13-21T06:28:56Z',
      '2026-11-32T06:28:56Z',
    ],
    ...[
      '2026-11-21T24:28:56Z',
      '2026-11-21T06:28:56+0100',
      '2026-11-21T06:28:56+24:00',
      '2026-11-21T06:28:56.Z',
      '1795242536',
    ],
  ],
  service: noNonEmptyName,
  pid: [...noCount, 0],
  process: noNonEmptyName,
  serverFQDN: noWord,
  tags: [null, true, 17, {}, [17]],
  admin: noNonEmptyName,
  user: noName,
  clientIP: [...noText, '', 'localhost', '127.0.0', '1.2.3.256', ':::1', '127.0.0.1;143', '[::1]'],
  clientPort: noPort,
  serverDomain: [...noText, '', 'a b', 'a;143', 'a/b', 'a'.repeat(256)],
  serverPort: noPort,
  mailboxID: noMailboxId,
  oldMailboxID: noMailboxId,
  mailboxUniqueId: noIdentifier,
  messages: noCount,
  uidnext: [...noCount, 0, 4_294_967_297],
  modseq: noLongCount,
  uidset: noUidset,
  flagNames: noFlags,
  messageSize: noCount,
  bodyStructure: noList,
  envelope: noText,
  messageContent: [null, true, 17, [], { a: 'x' }, { 0: 'x' }, { 6: 17 }, { 6: null }],
  messageHeaders: [...noObject, { a: {} }, { 6: 'From: a' }],
  diskQuota: noLongCount,
  diskUsed: noLongCount,
  maxMessages: [...noLongCount.filter((value) => value !== -1), -2],
  aclSubject: noNonEmptyName,
  aclRights: [...noText, 'l r', 'lrs\n', '++lrs', 'lr-s', 'ä', 'l'.repeat(257)],
  'vnd.cmu.sessionId': noWord,
  'vnd.cmu.midset': noTexts,
  'vnd.cmu.unseenMessages': noCount,
  'vnd.dovecot.from': noText,
  'vnd.dovecot.oldFlagNames': [...noText, '', ' '],
  'vnd.dovecot.recentMessages': noCount,
  'vnd.dovecot.sessionId': noText,
  'vnd.dovecot.snippet': noText,
  'vnd.dovecot.subject': noText,
  'vnd.dovecot.to': noText,
  'vnd.cmu.oldUidset': noUidset,
  'vnd.cmu.envelope': noList,
  'vnd.cmu.mbtype': [...noText, 'E', 'e c', '1', 'e'.repeat(33)],
  'vnd.cmu.mailboxACL': [...noText, 'john', 'john\tlrs', '\tlrs\t', 'john\tlrs\tjane\t'],
  'vnd.cmu.visibleUsers': noText,
  'vnd.cmu.davFilename': noText,
  'vnd.cmu.davUid': noText,
  'vnd.cmu.emailid': [...noIdentifier, 'M.1'],
  'vnd.cmu.threadid': [...noIdentifier, 'T.1'],
  'vnd.fastmail.clientId': noText,
  'vnd.fastmail.sessionId': noWord,
  'vnd.fastmail.traceId': noText,
  'vnd.fastmail.convExists': noCount,
  'vnd.fastmail.convUnseen': noCount,
  'vnd.fastmail.cid': noIdentifier,
  'vnd.fastmail.counters': [...noText, ' ', '1  2', '1 a', '1 '],
  'vnd.fastmail.compactCalendarIds': noSwitch,
  'vnd.fastmail.jmapEmail': noObject,
  'vnd.fastmail.jmapStates': [...noObject, { Mailbox: null }, { Mailbox: -1 }, { Mailbox: ['1'] }],
  userId: noNonEmptyName,
  alarmTime: noTime,
  alarmRecipients: noTexts,
  action: [...noText, '', 'Display', 'audio'],
  calendarId: noText,
  calendarName: noText,
  calendarColor: noText,
  calendarOwner: noName,
  calendarEventId: noText,
  alertId: noText,
  uid: noText,
  recurrenceId: [...noText, '20261121T063000', '2026-11-21', '2026-11-21T06:30:00Z'],
  summary: noText,
  description: noText,
  location: noText,
  organizer: noText,
  timezone: noText,
  start: noTime,
  end: noTime,
  allDay: noSwitch,
  attendeeNames: noTexts,
  attendeeEmails: noTexts,
  attendeeStatus: noTexts,
  apsVersion: [null, true, 0, -1, 1.5, '2', [], {}],
  apsAccountId: noText,
  apsDeviceToken: noText,
  apsSubtopic: noText,
  apsTopic: noText,
  mailboxes: [...noArray, [17]],
  mailboxUser: noName,
  expiry: noCount,
  count: noCount,
};

/** What is wrong for one type of event beyond what is wrong for all. */
export const wrongFor: Readonly<Record<string, Readonly<Record<string, readonly Json[]>>>> = {
  MessageNew: { uri: noMessageUrl },
  MessageAppend: { uri: noMessageUrl },
  CalendarEventNew: { uri: noMessageUrl },
  MessageExpire: { uri: noUidvalidityUrl },
  MessageExpunge: { uri: noUidvalidityUrl },
  'vnd.cmu.MessageCopy': { uri: noUidvalidityUrl },
  'vnd.cmu.MessageMove': { uri: noUidvalidityUrl },
  ...Object.fromEntries(
    [
      ...['FlagsSet', 'FlagsClear', 'MessageRead', 'MessageTrash', 'AclChange'],
      ...['MailboxCreate', 'MailboxDelete', 'MailboxRename'],
    ].map((type) => [type, { uri: noMailboxUrl }]),
  ),
  MailboxSubscribe: { uri: noMailboxUrl, user: [''] },
  MailboxUnSubscribe: { uri: noMailboxUrl, user: [''] },
  Login: { user: [''] },
  Logout: { user: [''] },
  ApplePushService: { user: [''] },
  ApplePushServiceDAV: { user: [''] },
};
