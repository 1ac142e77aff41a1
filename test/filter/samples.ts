/** Real events and messages to filter, and mailboxes as the decoder names them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { MailEvent } from '../../src/base/event.ts';
import { parseImapUrl } from '../../src/decode/imap-url.ts';
import { type MailboxName, mailboxOf as nameOf } from '../../src/decode/mailbox.ts';

const directory = new URL('../fixtures/filter/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, directory), 'utf8');

/** Events that a Cyrus 3.6.1 sent: one of each type it sends, and three about a mailbox that has the attribute \Junk. */
export const cyrusEvents: readonly MailEvent[] = read('cyrus.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** Messages by what is special about them. */
export const messages: Readonly<Record<string, string>> = JSON.parse(read('messages.json'));

/** MessageNew with its messageContent by UID, from Cyrus' documentation. */
export const contentByUid: MailEvent & { messageContent: Record<string, string> } = JSON.parse(
  read('content-by-uid.json'),
);

/** The first of the real events that has this type. */
export function cyrusEvent(type: string): MailEvent {
  const found = cyrusEvents.find(({ event }) => event === type);
  if (found === undefined) throw new Error(`no ${type} among the samples`);
  return found;
}

/** A mailbox by its name in a URL, and by the user that Cyrus 2.5 puts there. */
export function mailbox(name: string, user?: string): MailboxName {
  const found = nameOf({ host: 'imap.example.org', mailbox: name, ...(user === undefined ? {} : { user }) });
  if (found === undefined) throw new Error(`${name} names no mailbox`);
  return found;
}

/** The mailbox of a real event's `uri`. */
export function mailboxOf({ uri }: MailEvent): MailboxName | undefined {
  const url = typeof uri === 'string' ? parseImapUrl(uri) : undefined;
  return url?.ok ? nameOf(url.value) : undefined;
}

/** Text that is likely to hold what splits messages: ends of lines, colons, and characters of one to four bytes. */
export const messageText: fc.Arbitrary<string> = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\r\n', '\n', '\r', ':', ' ', 'a', 'ß', '€', '🎉', 'Subject: x\r\n', '\r\n\r\n'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
});
