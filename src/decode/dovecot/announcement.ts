/** Names what a notification of Dovecot reports, so that it is recognised when another driver or script reports it too. */
import type { Announcement } from '../../base/request.ts';
import type { Subject } from './normalise.ts';

const once = new Set(['MessageNew', 'MessageAppend', 'MessageExpunge']);
const subscriptions = new Set(['MailboxSubscribe', 'MailboxUnSubscribe']);

/** Undefined for an event without UID: nothing distinguishes one such from the next. */
export function announcementOf(subject: Subject): Announcement | undefined {
  const { type, server, user, mailbox, oldMailbox, uidvalidity, uidset, flagNames } = subject;
  if (type.startsWith('vnd.')) return undefined;
  const what = JSON.stringify([type, user, mailbox, oldMailbox, uidvalidity, uidset, flagNames]);
  const common = { what, once: once.has(type), ...(server === undefined ? {} : { server }) };
  if (!type.startsWith('Mailbox')) return common;
  const kind = subscriptions.has(type) ? 'subscription' : 'existence';
  const names = oldMailbox === undefined ? [mailbox] : [mailbox, oldMailbox];
  return { ...common, state: names.map((name) => JSON.stringify([kind, user, name])) };
}
