/** The options of method mailto; those with a syntax of their own are checked when the file is read. */
import { option } from '../../option/option.ts';
import { secretOptions } from '../../option/secret.ts';
import { choice, duration, integer, path, pathText, rate, text } from '../../option/types.ts';
import { splitWords } from '../../option/word-syntax.ts';
import type { Parsed } from '../parsed.ts';
import { readBy } from '../read-by.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { parseAddress, parseDomain, parseMailbox } from './address.ts';
import { tlsModes } from './smtp.ts';

const templateSyntax =
  'Names in braces are replaced: {event}, {class}, {user}, {mailbox}, {priority}, {message}, {parameters} (all of an event, one on each line), {time}, {id}, {notifier}, {servername}, or any parameter of the event like {vnd.cmu.sessionId}. A missing value is empty. \\n is a line break, {{ and }} are braces, \\\\ is a backslash.';

const programText = pathText.refine((written) => written.startsWith('/'), {
  error: ({ input }) => `"${String(input)}" is not an absolute path`,
});

export const mailtoOptions = {
  to: option('text', readBy(parseRecipients), {
    description:
      'The recipients, separated by white space; a Sieve notification goes to its own recipient if it has one. Names in braces are replaced as in mailto_subject; if the resulting address is not valid, the notification becomes a dead letter. mailto_domain and mailto_map make addresses of users.',
    details:
      'a recipient can be a mailbox whose events this notifier delivers, because belfry sends no mail about its own mails. It recognises them by the Message-ID in the event (vnd.cmu.envelope or vnd.cmu.midset), if they come from a belfry with the same servername, or by vnd.dovecot.from, if that is mailto_sender. An event without any of these would cause a mail about each mail: exclude such types (mailto_events: MessageNew).',
    absent: 'nobody',
    example: 'admin@example.org {user}@example.org',
  }),
  map: path({
    description:
      'A file that says to which addresses the mails of a user go: `user: address, address` on each line, as in an aliases file. What a recipient with a name in braces ({user}) becomes is looked up in it. A user who is not in it gets mailto_domain; without that the notification is filtered. belfry reads it at the start and at a reload.',
    details:
      'the colon may be left out, a line that begins with white space continues the one before, and # begins a comment. Names of users are compared without case. A user has at most 10 addresses. Programs, files and `:include:` are mistakes, and so is a user that is there twice; belfry check names the line.',
    absent: 'no file',
    example: '/etc/belfry/addresses',
  }),
  domain: option('text', readBy(parseDomain), {
    description:
      'The domain that is appended where a recipient with a name in braces becomes a user without a domain: {user} is john@example.org. A notification without a user is filtered then.',
    absent: 'the recipient must become a whole address',
    example: 'example.org',
  }),
  subject: option('text', readBy(parseTemplate), {
    description: `The subject; a Sieve notification has its own. ${templateSyntax}`,
    absent:
      'if each recipient has {user} in it, a sentence for the type of the event, such as `There is not enough room in your mailbox`; otherwise `[{event}] {user} {mailbox}`, and `[{class}] New mail notification` without an event',
    example: '{event} in {mailbox}',
    prose: true,
  }),
  body: option('text', readBy(parseTemplate), {
    description: 'The text, with the same names as in mailto_subject. A Sieve notification has its own text.',
    absent:
      'if each recipient has {user} in it, what the event means for the user; otherwise the event and its parameters, or the message of the request',
    example: '{user} has new mail:\\n\\n{parameters}',
    prose: true,
  }),
  digest: duration(
    {
      description:
        'One mail about all events of a user in each interval of this length, such as `1h`, instead of a mail for each. Each event is a line: when belfry received it, and what mailto_subject makes of it. mailto_body is used for an interval with a single event. The intervals of different users end at different times. A mail has at most 1,000 events, and lists 200 of them. What waits is kept in the spool. Sieve notifications are sent at once. Not with `order: received`, throttle, debounce or rate_limit.',
      absent: 'a mail for each event',
      example: '1h',
    },
    { min: 60_000, max: 7 * 86_400_000 },
  ),
  sender: option('text', readBy(parseMailbox), {
    description:
      "The From address: an address, or `Name <address>`. Use one that no person uses: belfry recognises its own mail by it (Dovecot's OX driver reports nothing else) and never notifies about it. All mailto notifiers should share it, and the mail system must not rewrite it.",
    absent: 'Mail Sieve Subsystem, or Mail Notification, with the address of postmaster',
    example: 'Mail Notification <postmaster@example.org>',
  }),
  envelope_from: option(
    'text',
    readBy((written) => (written === '<>' ? { value: '' } : parseAddress(written))),
    {
      description:
        'The address for bounces (envelope sender), or <> for none, which prevents mail loops. Sieve notifications always have <>, as RFC 5436 requires if the sender of the message is not known.',
      default: '<>',
      example: 'bounces@example.org',
    },
  ),
  sendmail: option('path', programText, {
    description:
      'The program to which belfry passes the mail, unless mailto_smtp_host is set. belfry runs it without a shell as `PROGRAM -i -f SENDER -- ADDRESS...`. Exit status 0 means delivered; 65, 67 and 68 (sysexits: data, user, host) mean rejected; after any other status belfry tries again. If the program is killed, or runs longer than mailto_attempt_timeout, nobody knows whether it accepted the mail: it becomes a dead letter with that reason.',
    inherits: 'sendmail',
    default: '/usr/lib/sendmail',
  }),
  limit: rate({
    description:
      'How many mails belfry sends in a period to one recipient, and how many for the Sieve scripts of one user (RFC 5436 §5 suggests 30/1h). The period begins with the first mail. Beyond the limit, notifications count as filtered by mailto_limit; at the end of the period one mail says how many. A restart does not reset the counts.',
    absent: 'no limit',
    example: '30/1h',
  }),
  smtp_host: text({
    description:
      'The SMTP server to which belfry sends the mail. After an answer 4xx, or a failure before the mail begins (connection, encryption, login), belfry tries again; an answer 5xx means rejected. If the connection breaks between the end of the mail and the answer, nobody knows whether the server accepted the mail: it becomes a dead letter with that reason, because no mail may be sent twice.',
    absent: 'the sendmail program is used',
    example: 'localhost',
  }),
  smtp_port: integer(
    {
      description: 'The port of the SMTP server.',
      absent: '465 with mailto_smtp_tls: implicit, otherwise 25',
      example: '587',
    },
    { min: 1, max: 65_535 },
  ),
  smtp_tls: choice(
    {
      description:
        '`off`: never encrypted. `opportunistic`: encrypted if the server offers it; the certificate is not checked. `starttls`: always encrypted, and the certificate must be valid. `implicit`: the same from the first byte (submissions).',
      default: 'opportunistic',
    },
    tlsModes,
  ),
  smtp_ca: path({
    description: 'A file with the CA certificates (PEM) for checking the certificate of the server.',
    absent: 'the CAs that Node trusts',
    example: '/etc/ssl/private-ca.pem',
  }),
  smtp_client_certificate: path({
    description:
      'A file with the certificate (PEM) by which belfry proves to the server who it is, where the server asks for one. It needs mailto_smtp_client_key, and a connection that is encrypted.',
    absent: 'no certificate',
    example: '/etc/belfry/smtp.pem',
  }),
  smtp_client_key: path({
    description:
      'A file with the private key (PEM, without a passphrase) of mailto_smtp_client_certificate. Only the user of the daemon should be able to read it.',
    absent: 'no certificate',
    example: '/etc/belfry/smtp.key',
  }),
  smtp_user: text({
    description:
      'The user name for the login. It needs mailto_smtp_tls: starttls or implicit, unless the server is on this machine.',
    absent: 'no login',
    example: 'belfry',
  }),
  ...secretOptions('smtp_password', { description: 'The password for the login.', absent: 'no login' }),
  smtp_answer_timeout: duration(
    {
      description:
        'How long the SMTP server may take to accept the mail after its end. RFC 5321 requires 10 minutes, because a shorter wait causes duplicates.',
      default: '10m',
    },
    { min: 1000 },
  ),
};

function parseRecipients(written: string): Parsed<readonly Template[]> {
  const templates: Template[] = [];
  for (const word of splitWords(written)) {
    const template = parseTemplate(word);
    if ('wrong' in template) return template;
    const fixed = template.value.names.length === 0;
    const address = fixed ? parseAddress(template.value.render(() => '')) : { value: '' };
    if ('wrong' in address) return { wrong: `"${word}" is not a mail address: ${address.wrong}` };
    templates.push(template.value);
  }
  return { value: templates };
}
