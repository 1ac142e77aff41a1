/** Makes the message of a notification, as the options want it. */
import type { OptionValues } from '../../option/option.ts';
import type { Delivery, Notification, Services } from '../notifier.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { templateValues } from '../template/values.ts';
import { type Head, modernHead, syslogTime, traditionalHead, type Written, writeMessage } from './message.ts';
import type { syslogOptions } from './options.ts';
import { facilities } from './priority.ts';
import { structuredElement } from './structured-data.ts';

type Values = OptionValues<typeof syslogOptions>;

/** What is in the structured data of every message. */
const usual = ['id', 'class', 'event', 'user', 'mailbox'];

const ofEvent = builtIn('{id} {event} user={user} mailbox={mailbox}');
const ofRequest = builtIn('{id} {class} user={user} mailbox={mailbox}');

/** `wrong`: the message cannot be written, because its structure is longer than a message may be. */
export function writerOf(values: Values, { name, servername }: Services) {
  const isLocal = values.address.kind === 'unix';
  const isModern = (values.format ?? (isLocal ? 'rfc3164' : 'rfc5424')) === 'rfc5424';
  const most = values.max_length ?? (values.address.kind === 'udp' ? 2048 : 8192);
  const named = [...new Set([...usual, ...(values.parameters ?? [])])];
  const hostname = values.hostname ?? servername;

  function headOf(notification: Notification): Head {
    const { event, payload, receivedAt } = notification;
    return {
      priority: facilities.indexOf(values.message_facility) * 8 + values.message_severity(event),
      time: syslogTime(payload['timestamp'], receivedAt),
      hostname: isLocal && !isModern ? '' : hostname,
      appName: values.app_name,
      processId: process.pid,
      messageId: event ?? notification.class,
    };
  }
  return ({ notification }: Delivery): Written | { readonly wrong: string } => {
    const lookUp = templateValues(notification, { notifier: name, servername });
    const form = notification.event === undefined ? ofRequest : ofEvent;
    const text = (values.message ?? form).render(lookUp);
    const head = isModern
      ? modernHead(headOf(notification), structuredOf(values.structured_id, named, lookUp))
      : traditionalHead(headOf(notification));
    const written = writeMessage(head, text, most, isModern && values.byte_order_mark);
    if (written !== undefined) return written;
    const length = Buffer.byteLength(head);
    return { wrong: `without its text the message has ${length} bytes, and syslog_max_length is ${most}` };
  };
}

function structuredOf(id: string, names: readonly string[], lookUp: (name: string) => string): string {
  return id === '-'
    ? id
    : structuredElement(
        id,
        names.map((name) => [name, lookUp(name)]),
      );
}

function builtIn(written: string): Template {
  const template = parseTemplate(written);
  if ('wrong' in template) throw new Error(`a built-in template is wrong: ${template.wrong}`);
  return template.value;
}
