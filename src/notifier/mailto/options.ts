/** The options of method mailto; those with a syntax of their own are checked when the file is read. */
import { z } from 'zod';
import { choice, duration, integer, path, rate, text } from '../../option/kinds.ts';
import type { Parsed } from '../../option/number-syntax.ts';
import type { Option } from '../../option/option.ts';
import { splitWords } from '../../option/word-syntax.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { parseAddress, parseMailbox } from './address.ts';
import { tlsModes } from './smtp.ts';

const templateSyntax =
  'A name in braces is filled in: {event}, {class}, {user}, {mailbox}, {priority}, {message}, {parameters} (all of an event, one on a line), {time}, {id}, {notifier}, {servername}, or any parameter of the event like {vnd.cmu.sessionId}; what is absent is empty. \\n is a line break, {{ and }} are braces, \\\\ is a backslash.';

export const mailtoOptions = {
  to: parsedBy(
    parseRecipients,
    text({
      description:
        'The addresses that get the mail, separated by white space. A SIEVE request brings its own recipient, and these are used only if it has none. Names in braces are filled in as in mailto_subject, and an address that is not valid then makes the notification a dead letter. A mailbox whose own events are told here gets no mail about such mail, provided that its events carry the Message-ID (vnd.cmu.envelope or vnd.cmu.midset) of a mail that a belfry with the same servername has sent, or vnd.dovecot.from with the name and address of mailto_sender; leave out events that never carry any (mailto_events: MessageNew).',
      absent: 'nobody',
      example: 'admin@example.org {user}@example.org',
    }),
  ),
  subject: parsedBy(
    parseTemplate,
    text({
      description: `The subject; a SIEVE request has its own. ${templateSyntax}`,
      absent: '`[{event}] {user} {mailbox}`, and `[{class}] New mail notification` without an event',
      example: '{event} in {mailbox}',
      prose: true,
    }),
  ),
  body: parsedBy(
    parseTemplate,
    text({
      description: 'The text, with the same names as in mailto_subject; a SIEVE request has its own.',
      absent: 'the event and its parameters, or the message of the request',
      example: '{user} has new mail:\\n\\n{parameters}',
      prose: true,
    }),
  ),
  sender: parsedBy(
    parseMailbox,
    text({
      description:
        'Whom the mail is from: an address, or `Name <address>`. From the OX driver of Dovecot belfry learns nothing of a mail but this: a new mail with just this name and address is taken for one of its own, and no mail is sent about it. So it should be nobody else’s, it must not be rewritten on the way, and notifiers whose mails the others are told of should have the same.',
      absent: 'Mail Sieve Subsystem, or Mail Notification, with the address of postmaster',
      example: 'Mail Notification <postmaster@example.org>',
    }),
  ),
  envelope_from: parsedBy(
    parseSender,
    text({
      description:
        'Where the mail system sends a mail that it cannot deliver: an address, or <> for nowhere, which keeps mail from going round. SIEVE requests always have <>, as RFC 5436 demands when the sender of the message is not known.',
      default: '<>',
      example: 'bounces@example.org',
    }),
  ),
  sendmail: parsedBy(
    parseProgram,
    path({
      description:
        'The program that the mail is given to, unless mailto_smtp_host is set. It is run without a shell as `PROGRAM -i -f SENDER -- ADDRESS...`. Exit status 0 means that it has taken the mail; 65, 67 and 68 (sysexits: the data, the user, the host) mean rejected; anything else is tried again.',
      inherits: 'sendmail',
      default: '/usr/lib/sendmail',
    }),
  ),
  limit: rate({
    description:
      'How many mails one recipient gets in this time, and for how many the scripts of one user are sent (RFC 5436 §5 suggests 30/1h). The time begins with the first mail. The rest is counted as filtered by mailto_limit; when the time is over one mail says how many there were. The counts outlive a restart.',
    absent: 'no limit',
    example: '30/1h',
  }),
  timeout: duration(
    {
      description:
        'How long the program may run, or the SMTP server may take until the whole mail has been sent. Then the notification is tried again.',
      default: '1m',
    },
    { min: 1000 },
  ),
  smtp_host: text({
    description:
      'The SMTP server that the mail is given to. What it answers with 4xx is tried again, what it answers with 5xx is rejected, and whatever goes wrong before the mail begins (connection, encryption, login) is tried again. When the connection breaks between the end of the mail and the answer, a SIEVE notification becomes a dead letter, because it must not be sent twice; everything else is sent again under the same Message-ID.',
    absent: 'the sendmail program is used',
    example: 'localhost',
  }),
  smtp_port: integer(
    {
      description: 'The port of the SMTP server.',
      absent: '465 with mailto_smtp_tls: implicit, else 25',
      example: '587',
    },
    { min: 1, max: 65_535 },
  ),
  smtp_tls: choice(
    {
      description:
        'off: never encrypted. opportunistic: encrypted when the server offers it, whoever it is. starttls: only encrypted, and only when its certificate is valid. implicit: the same from the first byte (submissions).',
      default: 'opportunistic',
    },
    tlsModes,
  ),
  smtp_ca: path({
    description: 'A file with the certificates (PEM) that are trusted to sign the certificate of the server.',
    absent: 'those that Node trusts',
    example: '/etc/ssl/private-ca.pem',
  }),
  smtp_user: text({
    description:
      'The name to log in with. It needs mailto_smtp_tls: starttls or implicit, unless the server is on this machine.',
    absent: 'no login',
    example: 'belfry',
  }),
  smtp_password: text({ description: 'The password to log in with.', absent: 'no login', secret: true }),
  smtp_answer_timeout: duration(
    {
      description:
        'How long the SMTP server may take to say that it has taken the mail. RFC 5321 asks for 10 minutes, because giving up earlier makes duplicates.',
      default: '10m',
    },
    { min: 1000 },
  ),
};

/** The option, its text read further by `parse`. */
function parsedBy<T, S extends string | undefined>(
  parse: (written: string) => Parsed<T>,
  option: Option<S>,
): Option<T | Extract<S, undefined>> {
  const schema = option.schema.transform((written, context): T => {
    const parsed = parse(written ?? '');
    if ('value' in parsed) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.wrong });
    return z.NEVER;
  });
  return { ...option, schema };
}

function parseRecipients(written: string): Parsed<readonly Template[]> {
  const templates: Template[] = [];
  for (const word of splitWords(written)) {
    const template = parseTemplate(word);
    if ('wrong' in template) return template;
    const fixed = template.value.names.length === 0;
    const address = fixed ? parseAddress(template.value.render(() => '')) : { value: '' };
    if ('wrong' in address) return { wrong: `"${word}" is no address: ${address.wrong}` };
    templates.push(template.value);
  }
  return { value: templates };
}

function parseSender(written: string): Parsed<string> {
  return written === '<>' ? { value: '' } : parseAddress(written);
}

function parseProgram(written: string): Parsed<string> {
  return written.startsWith('/') ? { value: written } : { wrong: `"${written}" is not an absolute path` };
}
