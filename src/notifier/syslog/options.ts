/** The options of method syslog; those with a syntax of their own are checked when the file is read. */
import { z } from 'zod';
import { option } from '../../option/option.ts';
import { choice, size, toggle } from '../../option/types.ts';
import { splitWords } from '../../option/word-syntax.ts';
import type { Parsed } from '../parsed.ts';
import { readBy } from '../read-by.ts';
import { parseTemplate } from '../template/template.ts';
import { tlsFileOptions } from '../tls-files.ts';
import { parseSyslogAddress } from './address.ts';
import { facilities, parseSeverities } from './priority.ts';
import { isStructuredId, isStructuredName } from './structured-data.ts';

const shortName = z.string().regex(/^[A-Za-z0-9._/-]{1,48}$/, {
  error: ({ input }) => `"${String(input)}" is not a name of up to 48 letters, digits, . _ / and -`,
});
const visibleName = z.string().regex(/^[!-~]{1,255}$/, {
  error: ({ input }) => `"${String(input)}" is not a name of up to 255 visible ASCII characters`,
});
const structuredId = z.string().refine((written) => written === '-' || isStructuredId(written), {
  error: ({ input }) =>
    `"${String(input)}" is neither - nor a name, @ and an enterprise number, like belfry@32473: at most 32 characters`,
});

function parseParameters(written: string): Parsed<readonly string[]> {
  const names = splitWords(written);
  const wrong = names.find((name) => !isStructuredName(name));
  return wrong === undefined
    ? { value: names }
    : { wrong: `"${wrong}" cannot be a name in structured data (RFC 5424)` };
}

export const syslogOptions = {
  address: option('text', readBy(parseSyslogAddress), {
    description:
      'Where the syslog server receives: the path of a Unix datagram socket (`@` and a name in the abstract namespace), `udp://HOST:PORT`, `tcp://HOST:PORT` (each message with its length before it, RFC 6587) or `tls://HOST:PORT` (RFC 5425). The port is 514 by default, for tls 6514.',
    details:
      'syslog confirms nothing. `delivered` means that the kernel of this machine has the message: what the server has not read when it is killed is lost, and so is a UDP datagram on its way. belfry notices a socket that is absent or full, a server that refuses the connection, that has closed it (before it writes to it again), or that does not read, and retries; when a connection breaks within 10 seconds after messages were written to it, the log says how many. Use another method where nothing may be lost.',
    default: '/dev/log',
    example: 'tls://logs.example.org:6514',
  }),
  format: choice(
    {
      description:
        '`rfc5424`: with structured data, the type of the event as MSGID, and the time with its zone. `rfc3164`: the traditional form, which journald and the socket of rsyslog for this machine expect; on a Unix socket it has no host name, like that of syslog(3).',
      absent: '`rfc3164` on a Unix socket, otherwise `rfc5424`',
    },
    ['rfc5424', 'rfc3164'],
  ),
  message_facility: choice({ description: 'The facility of all messages.', default: 'mail' }, facilities),
  message_severity: option('text', readBy(parseSeverities), {
    description:
      'The severity of the messages: `emerg`, `alert`, `crit`, `err`, `warning`, `notice`, `info` or `debug`. Words like `QuotaExceed=warning` after it give an event type another one.',
    default: 'info',
    example: 'info QuotaExceed=warning MailboxDelete=notice',
  }),
  app_name: option('text', shortName, {
    description: 'The name of the program in the messages (APP-NAME; TAG in RFC 3164).',
    default: 'belfry',
  }),
  hostname: option('text', visibleName, {
    description: 'The host name in the messages.',
    absent: 'servername',
    example: 'imap.example.org',
  }),
  message: option('text', readBy(parseTemplate), {
    description:
      'The text. Names in braces are replaced as in mailto_subject; {message} is the event as JSON. Control characters are made visible, like \\n and \\u{1b}.',
    absent: '`{id} {event} user={user} mailbox={mailbox}`, without an event {class} instead of {event}',
    example: '{event} {user} {mailbox} {id}',
    prose: true,
  }),
  structured_id: option('text', structuredId, {
    description:
      'The name (SD-ID) of the structured data of RFC 5424: a name, `@` and a private enterprise number; `-`: no structured data. It contains `id`, `class`, `event`, `user` and `mailbox`.',
    details:
      'belfry has no enterprise number of its own. 32473 is reserved for examples (RFC 5612), so it belongs to no other program; if your organisation has a number, use that.',
    default: 'belfry@32473',
    example: 'belfry@32473',
  }),
  parameters: option('words', readBy(parseParameters), {
    description:
      'Further values in the structured data: parameters of the event, or any other name that a template can contain. A missing value is left out.',
    absent: 'none',
    example: 'uidset messageSize vnd.cmu.sessionId',
  }),
  byte_order_mark: toggle({
    description:
      'Whether a byte order mark precedes a text that is not ASCII, as RFC 5424 §6.4 requires. RFC 3164 never has one.',
    default: 'yes',
  }),
  max_length: size(
    {
      description:
        'The longest message in bytes. A longer text is cut, and its end says so; structured data is never cut: a message in which it does not fit becomes a dead letter. The server must accept as much (rsyslog: maxMessageSize).',
      absent: '8K, over UDP 2K',
      example: '64K',
    },
    { min: 480, max: 128 * 1024 },
  ),
  ...tlsFileOptions('syslog server'),
};
