/** Notifications to test notifiers with: ordinary ones, and ones that a hostile mail user or mail server would make. */
import fc from 'fast-check';
import { type JsonObject, type MailEvent, writeJson } from '../../src/base/event.ts';
import { decodeEvent } from '../../src/decode/event.ts';
import { eventNotification as ofEvent } from '../../src/examine/notification.ts';
import type { Notification } from '../../src/notifier/notifier.ts';

/** 2026-11-21T06:28:56.018Z */
export const receivedAt = 1_795_242_536_018;

const messageNew: MailEvent = {
  event: 'MessageNew',
  messageSize: 450,
  messages: 1,
  modseq: 4,
  service: 'lmtp',
  timestamp: '2026-11-21T06:28:56.018Z',
  uidnext: 2,
  uri: 'imap://mail.example.org/user.john;UIDVALIDITY=1795242533/;UID=1',
  user: 'john',
  'vnd.cmu.envelope': '("Sat, 21 Nov 2026 06:28:55 -0000" "plain one" (("Alice" NIL "alice" "example.net")))',
};

/** The notification of an event, as dispatch makes it: the message is the payload as JSON. */
export function eventNotification(id: string, parameters: JsonObject = {}): Notification {
  const payload = { ...messageNew, ...parameters };
  const { user } = payload;
  return {
    id,
    receivedAt,
    class: 'EVENT',
    event: payload.event,
    method: '',
    priority: '',
    user: typeof user === 'string' ? user : '',
    mailbox: 'user.john',
    options: [],
    message: writeJson(payload),
    payload,
  };
}

/** The notification of a request that is not an event, with its envelope as payload. */
export function requestNotification(
  id: string,
  fields: Omit<Partial<Notification>, 'text' | 'coalesced'> = {},
): Notification {
  const request = {
    class: 'MAIL',
    method: '',
    priority: '',
    user: 'john',
    mailbox: 'INBOX',
    options: [],
    message: 'From: Alice <alice@example.net>\nSubject: plain one\nTo: john@example.org\n',
    ...fields,
  };
  return { id, receivedAt, ...request, payload: { ...request } };
}

/** One event as a sender writes it, oddly, and what dispatch makes of it without and with a filter. */
export function filteredEvent(): {
  readonly sent: string;
  readonly unchanged: Notification;
  readonly changed: Notification;
} {
  const sent = '{ "event":"MessageNew", "vnd.cmu.envelope":"secret", "modseq":9223372036854775807 }';
  const decoded = decodeEvent(sent);
  if (!decoded.ok) throw new Error(decoded.problem.message);
  const request = { class: 'EVENT', method: '', priority: '', user: '', mailbox: '', options: [], message: sent };
  const entry = {
    position: 1,
    id: '01-filtered',
    receivedAt,
    request: { format: 'event', bytes: Buffer.from(sent) },
  } as const;
  const about = { user: 'john', mailbox: 'user.john' };
  const { 'vnd.cmu.envelope': _, ...rest } = decoded.value;
  return {
    sent,
    unchanged: ofEvent(entry, request, decoded.value, { isChanged: false, compact: false }, about),
    changed: ofEvent(
      entry,
      request,
      { ...rest, event: decoded.value.event },
      { isChanged: true, compact: false },
      about,
    ),
  };
}

/** A Sieve notification as the mail user's script makes it. */
function sieve(id: string, fields: Partial<Notification>): Notification {
  return requestNotification(id, { class: 'SIEVE', method: 'mailto', ...fields });
}

const long = 'ä'.repeat(32 * 1024);

/** Every trick that one field of a request allows: in turn in each field, and the sizes that fit into a request. */
export function hostileNotifications(): readonly Notification[] {
  const texts = [
    'john\nBcc: victim@example.org\n\nbody',
    'john\r\nX-Injected: yes',
    '-oQ/tmp',
    '--help',
    '$(touch /tmp/owned) `id` ; rm -rf / | cat && x > y',
    '../../../../etc/passwd',
    '"\'\\ \t\u0007\u001b[2J\u007f\u0085\u2028\u202e',
    'half \ud83d of a pair',
    'a\0b',
    long,
  ];
  const notifications = [
    ...texts.flatMap((text, index) => [
      sieve(`hostile-user-${index}`, { user: text }),
      sieve(`hostile-mailbox-${index}`, { mailbox: text }),
      sieve(`hostile-priority-${index}`, { priority: text }),
      sieve(`hostile-class-${index}`, { class: text, method: text }),
      sieve(`hostile-option-${index}`, { options: [text, text] }),
      sieve(`hostile-message-${index}`, { message: text }),
      sieve(`hostile-fname-${index}`, { fname: text }),
      eventNotification(`hostile-event-${index}`, { event: text, user: text, [text]: text }),
    ]),
    sieve('hostile-many-options', { options: Array.from({ length: 10_000 }, (_, index) => `option ${index}`) }),
    sieve('hostile-empty', { class: '', method: '', user: '', mailbox: '', message: '' }),
  ];
  return notifications;
}

/** Any string, halves of surrogate pairs included, with many control characters in it. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const unit = fc.oneof(fc.nat(0x9f), fc.nat(0xffff));
  return fc.array(unit, { maxLength }).map((units) => String.fromCharCode(...units));
}

/** Any notification: each field any text. Ids are unique in a run only as far as `id` makes them so. */
export function anyNotification(id: () => string): fc.Arbitrary<Notification> {
  const text = anyText(40);
  const request = fc
    .record({
      class: text,
      method: text,
      priority: text,
      user: text,
      mailbox: text,
      options: fc.array(text, { maxLength: 5 }),
      message: text,
      fname: text,
    })
    .map((fields) => requestNotification(id(), fields));
  const event = fc
    .record({ event: text, user: text, parameters: fc.dictionary(text, text, { maxKeys: 5 }) })
    .map(({ parameters, ...named }) => eventNotification(id(), { ...parameters, ...named }));
  return fc.oneof(request, event);
}
