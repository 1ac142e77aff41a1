/** What a mail says to the user whom an event concerns, by the type of the event: subject and text in plain English. */
import { ExactNumber, type JsonObject } from '../../base/event.ts';
import { parseImapUrl } from '../../decode/imap-url.ts';
import { mailboxOf } from '../../decode/mailbox.ts';
import { pathOf } from '../../decode/mailbox-path.ts';
import type { Notification } from '../notifier.ts';
import { messageLines } from './message-lines.ts';

export interface Words {
  readonly subject: string;
  readonly body: string;
}

/** The parameters of an event, with its places as the user knows them. */
interface About {
  readonly payload: JsonObject;
  /** `your inbox`, or `the folder Work/2026`. */
  readonly place: string;
  /** Where the messages were before, or what the folder was called. */
  readonly oldPlace: string;
  /** A parameter as text; empty where there is none. */
  text(name: string): string;
}

/** Subject, then the lines of the text. */
type Writer = (about: About) => readonly [string, ...string[]];

const writers: Readonly<Record<string, Writer>> = {
  QuotaExceed: ({ payload }) => [
    'There is not enough room in your mailbox',
    'A message could not be stored in your mailbox, because there is not enough room for it.',
    ...usage(payload),
    'Delete messages that you no longer need, and empty the trash. Until there is room again, new messages may be sent back to those who wrote them.',
  ],
  QuotaWithin: ({ payload }) => [
    'There is room in your mailbox again',
    'Your mailbox has room for new messages again.',
    ...usage(payload),
  ],
  QuotaChange: ({ payload }) => [
    'The size of your mailbox has changed',
    'The mail server has changed how much your mailbox may hold.',
    ...usage(payload),
  ],
  MessageNew: ({ place, payload }) => [
    `New message in ${place}`,
    `There is a new message in ${place}.`,
    ...messageLines(payload),
  ],
  MessageAppend: ({ place, payload }) => [
    `Message stored in ${place}`,
    `A message was stored in ${place}.`,
    ...messageLines(payload),
  ],
  MessageExpire: ({ place }) => [
    `Old messages removed from ${place}`,
    `The mail server has removed old messages from ${place}.`,
  ],
  MessageExpunge: ({ place }) => [
    `Messages removed from ${place}`,
    `Messages were removed from ${place}. They cannot be restored from there.`,
  ],
  MessageTrash: ({ place }) => [`Messages deleted in ${place}`, `Messages were marked as deleted in ${place}.`],
  MessageRead: ({ place }) => [`Messages read in ${place}`, `Messages were marked as read in ${place}.`],
  FlagsSet: ({ place, text }) => [
    `Messages marked in ${place}`,
    `Messages in ${place} were marked: ${text('flagNames')}`,
  ],
  FlagsClear: ({ place, text }) => [
    `Marks removed in ${place}`,
    `Marks were removed from messages in ${place}: ${text('flagNames')}`,
  ],
  'vnd.cmu.MessageCopy': ({ place, oldPlace }) => [
    `Messages copied to ${place}`,
    `Messages were copied from ${oldPlace} to ${place}.`,
  ],
  'vnd.cmu.MessageMove': ({ place, oldPlace }) => [
    `Messages moved to ${place}`,
    `Messages were moved from ${oldPlace} to ${place}.`,
  ],
  MailboxCreate: ({ place }) => [`Created: ${place}`, `Somebody has created ${place}.`],
  MailboxDelete: ({ place }) => [`Deleted: ${place}`, `Somebody has deleted ${place}, with all messages in it.`],
  MailboxRename: ({ place, oldPlace }) => [
    `Renamed: ${place}`,
    `Somebody has renamed ${oldPlace}. It is ${place} now.`,
  ],
  MailboxSubscribe: ({ place }) => [`Subscribed: ${place}`, `Your mail programs now show ${place}.`],
  MailboxUnSubscribe: ({ place }) => [`No longer subscribed: ${place}`, `Your mail programs no longer show ${place}.`],
  AclChange: ({ place, text }) => [
    `Rights changed: ${place}`,
    `Somebody has changed who may use ${place}.`,
    `Changed for: ${text('aclSubject')}`,
    `Rights now: ${text('aclRights') || 'none'}`,
  ],
  Login: ({ text }) => [
    'Login to your mailbox',
    'Somebody has logged in to your mailbox.',
    `From: ${text('clientIP') || 'an unknown address'}`,
    `By: ${text('service').toUpperCase() || 'an unknown protocol'}`,
    'If it was not you, change your password at once, and tell the administrator of the mail server.',
  ],
  Logout: ({ text }) => [
    'Logout from your mailbox',
    `A connection from ${text('clientIP') || 'an unknown address'} has ended.`,
  ],
};
const byName = new Map(Object.entries({ ...writers, 'vnd.dovecot.MessageNew': writers['MessageNew'] }));

/** Undefined for a type that has no words of its own, and for a request without an event. */
export function wordsFor(notification: Notification, servername: string): Words | undefined {
  const { event, payload, receivedAt } = notification;
  const write = byName.get(event ?? '');
  if (write === undefined) return undefined;
  const text = (name: string): string => {
    const value = payload[name];
    return typeof value === 'string' ? value : '';
  };
  const [subject, ...lines] = write({
    payload,
    place: placeOf(text('uri'), notification),
    oldPlace: placeOf(text('oldMailboxID'), notification),
    text,
  });
  const at = new Date(receivedAt).toISOString();
  const body = [...lines, `Time: ${at.slice(0, 10)} ${at.slice(11, 16)} UTC`].map(
    (line, index, all) => line + (isField(line) && isField(all[index + 1]) ? '' : '\n'),
  );
  return {
    subject,
    body: `${body.join('\n')}\n-- \nThis is an automatic message of the mail server ${servername}. Please do not answer it.`,
  };
}

/** Lines like `Used: 3 MB` stand together, without an empty line between them. */
const isField = (line = ''): boolean => /^[A-Z][a-z]+(?: [a-z]+)?: /.test(line);

function placeOf(uri: string, { user, naming }: Notification): string {
  const url = parseImapUrl(uri);
  const mailbox = url.ok ? mailboxOf(url.value, naming) : undefined;
  if (mailbox === undefined) return 'your mailbox';
  const { owner = user } = mailbox;
  const path = pathOf(mailbox, naming).join('/');
  if (owner === user) return mailbox.inbox ? 'your inbox' : `the folder ${path}`;
  return mailbox.inbox ? `the inbox of ${owner}` : `the folder ${path} of ${owner}`;
}

/** What is used, and how much may be: in bytes, and in messages, as far as there are limits. */
function usage({ diskQuota, diskUsed, maxMessages, messages }: JsonObject): readonly string[] {
  const [limit, used, most, count] = [diskQuota, diskUsed, maxMessages, messages].map(numberOf);
  return [
    ...(limit === undefined ? [] : [`Room: ${share(used, limit, size)}`]),
    ...(most === undefined ? [] : [`Messages: ${share(count, most, (value) => value.toLocaleString('en-US'))}`]),
  ];
}

function share(used: number | undefined, limit: number, write: (value: number) => string): string {
  if (used === undefined) return write(limit);
  const percent = limit > 0 ? ` (${Math.floor((100 * used) / limit)} %)` : '';
  return `${write(used)} of ${write(limit)} used${percent}`;
}

/** Of what is given in KiB: in the units of 1,024 that mail programs show, in three digits. */
function size(kibibytes: number): string {
  let value = kibibytes;
  for (const unit of ['KB', 'MB', 'GB']) {
    if (value < 1000) return `${Number(value.toPrecision(3))} ${unit}`;
    value /= 1024;
  }
  return `${Number(value.toPrecision(3)).toLocaleString('en-US')} TB`;
}

/** A number, also one that a double cannot hold exactly; undefined for a limit that is none (-1). */
function numberOf(value: JsonObject[string] | undefined): number | undefined {
  const number = value instanceof ExactNumber ? Number(value.text) : typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
