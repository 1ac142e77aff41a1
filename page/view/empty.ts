/** What the page teaches when there is nothing to show yet. */
import type { Status } from '../api/types.ts';
import type { Actions } from '../app/actions.ts';
import { type Described, h } from '../dom/h.ts';
import { isConfigured } from '../model/notifiers.ts';
import { card, command } from './parts.ts';

/** How `belfry send` reaches the daemon. */
function sendLine({ sockets }: Status): string {
  const path = sockets.map((socket) => /\/\S*/.exec(socket)?.[0]).find((one) => one?.startsWith('/'));
  return `belfry send${path === undefined ? '' : ` -f ${path}`} -t 'Hello from belfry'`;
}

export function noEventYet(status: Status, { copy }: Actions): Described {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, h('b', {}, 'No event has come yet.'), ' Send one yourself; it appears here at once:'),
    command(sendLine(status), copy),
    h(
      'p',
      { class: 'soft' },
      'Then let the mail server write to the socket. For Cyrus IMAP, in /etc/imapd.conf: event_notifier: default, and notifysocket: followed by the path of the socket.',
    ),
  );
}

export function noNotifierYet(status: Status, { copy }: Actions): Described | undefined {
  if (isConfigured(status.notifiers)) return undefined;
  return card(
    'No notifier is configured',
    { class: 'empty', key: 'no notifier' },
    h(
      'p',
      {},
      'A notifier is a receiver of events: a file, a program, a web service, mail, a broker. This one writes each event as a line to a file; put it into belfry.conf:',
    ),
    h('pre', { tabindex: 0 }, 'notifiers: archive\narchive_method: log\narchive_log_file: /var/log/belfry/events.log'),
    h('p', {}, 'Then check the configuration and put it in force:'),
    command('belfry check && systemctl reload belfry', copy),
  );
}
