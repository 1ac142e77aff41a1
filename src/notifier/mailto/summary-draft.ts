/** The mail that summarises notifications that the limit of mails held back. */
import { createHash } from 'node:crypto';
import type { Mailbox } from './address.ts';
import type { Draft } from './draft.ts';
import type { Held } from './limit.ts';

export function draftSummary({ count, firstAt, lastAt, to }: Held, from: Mailbox, option: string): Draft {
  const things = count === 1 ? 'notification was' : 'notifications were';
  return {
    from,
    to: [to],
    cc: [],
    subject: `${count} ${things} held back`,
    body: [
      `${count} ${things} not sent to you one by one, because there were too many of them in a short time.`,
      '',
      `From: ${new Date(firstAt).toISOString()}`,
      `To: ${new Date(lastAt).toISOString()}`,
      '',
      `The administrator of the mail server has set this limit (${option}).`,
      '',
    ].join('\n'),
    headers: new Map([['auto-submitted', 'auto-generated']]),
  };
}

/** The same for each attempt to send it. */
export function idOfSummary({ to, firstAt }: Held): string {
  return createHash('sha256').update(`${firstAt} ${to}`).digest('hex').slice(0, 26).toUpperCase();
}
