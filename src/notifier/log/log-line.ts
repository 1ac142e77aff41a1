/** The lines of method log: a notification as one line of JSON, or as the line that Cyrus notifyd gave to syslog. */
import { writeJson } from '../../base/event.ts';
import { escapedBy, escapedJson } from '../../base/printable.ts';
import type { Delivery } from '../notifier.ts';

/** Makes the line of a delivery, with its newline. `at` is the time of writing in milliseconds since the epoch. */
export type LineFormat = (delivery: Delivery, notifier: string, at: number) => string;

/** What is JSON between quotes as it stands. */
const plain = /^[ !#-[\]-~]*$/;
const quote = (text: string): string => (plain.test(text) ? `"${text}"` : escapedJson(JSON.stringify(text)));

/**
 * Lines of the same form as the daemon's own: `level`, `time`, `msg`, then the notification under the names that the
 * other lines use for it, and its payload. Control and format characters are escaped, so that a terminal can show them. `event` is absent for classes other than EVENT.
 */
export function jsonLines(): LineFormat {
  const written = isoTimes();
  const received = isoTimes();
  return ({ notification, attempt }, notifier, at) => {
    const { id, receivedAt, class: requestClass, event, user, mailbox } = notification;
    const { coalesced } = notification;
    const more = coalesced === undefined ? '' : `"coalesced":${coalesced.count},`;
    const type = event === undefined ? '' : `"event":${quote(event)},`;
    const about = `"class":${quote(requestClass)},${type}"user":${quote(user)},"mailbox":${quote(mailbox)}`;
    return (
      `{"level":"info","time":"${written(at)}","notifier":${quote(notifier)},"id":${quote(id)},` +
      `"receivedAt":"${received(receivedAt)}","attempt":${attempt},${about},${more}` +
      `"payload":${notification.printable ?? escapedJson(writeJson(notification.payload))},"msg":"notification"}\n`
    );
  };
}

/** Events come in bursts that share their time, so the last text is kept. */
function isoTimes(): (at: number) => string {
  let last = Number.NaN;
  let text = '';
  return (at) => {
    if (at !== last) {
      last = at;
      text = new Date(at).toISOString();
    }
    return text;
  };
}

/**
 * `class, priority, user, mailbox, (option, option) "message"`, the parentheses absent without options (Cyrus
 * `notifyd/notify_log.c`); `EVENT, , , ,  "{…}"` for an event, its JSON as the sender wrote it where no filter changed it. Control and format characters are written as `#` and their octal number, which is what rsyslog makes
 * of control characters: so a notification is one line, whatever it says. Only the JSON format keeps the fields apart beyond doubt.
 */
export function cyrusLine({ notification }: Delivery): string {
  const { class: requestClass, event, priority, options, message } = notification;
  // A mail server leaves both empty for an event, whose JSON names them.
  const { user, mailbox } = event === undefined ? notification : { user: '', mailbox: '' };
  const chosen = options.length > 0 ? `(${options.join(', ')})` : '';
  return `${escapedBy(`${requestClass}, ${priority}, ${user}, ${mailbox}, ${chosen} "${message}"`, octal)}\n`;
}

const octal = (character: string): string => `#${(character.codePointAt(0) ?? 0).toString(8).padStart(3, '0')}`;
