/** The options of the daemon itself: those of Cyrus that it obeys, and its own. */
import { contentModes } from '../filter/content.ts';
import { eventGroups } from '../filter/groups.ts';
import { extraParameters } from '../filter/parameters.ts';
import { defaultSpecialUse } from '../filter/special-use.ts';
import { datagramOptions } from '../intake/datagram-kind.ts';
import { intakeKinds } from '../intake/table.ts';
import { type OptionRecord, option } from '../option/option.ts';
import {
  choice,
  duration,
  integer,
  map,
  mode,
  path,
  pathText,
  patterns,
  size,
  text,
  toggle,
  words,
} from '../option/types.ts';
import { adminOptions } from './admin-options.ts';

/** {@link defaultSpecialUse} as one would write it. */
function writtenSpecialUse(): string {
  const written = new Map<string, string[]>();
  for (const { attribute, pattern } of defaultSpecialUse) {
    written.set(attribute, [...(written.get(attribute) ?? []), pattern]);
  }
  return [...written].map(([attribute, given]) => `${attribute}=${given.join(' ')}`).join(' ');
}

const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const;

// It becomes part of lists of paths, in which these have a meaning.
const stateDirectory = pathText.refine(
  (value) => !/["\s]/.test(value),
  'it must not contain white space or double quotes',
);

export const daemonOptions = {
  configdirectory: option('path', stateDirectory, {
    description:
      'The directory for the state of the daemon. `{configdirectory}` at the beginning of a path stands for it. In a file of Cyrus this is the directory of Cyrus, which also contains the socket of notifyd.',
    default: '/var/lib/belfry',
  }),
  servername: text({
    description: 'The name of this host in messages that the daemon sends.',
    absent: 'the name of the host',
    example: 'imap.example.org',
  }),
  log_level: choice({ description: 'The lowest level to log.', default: 'info' }, logLevels),
  log_deliveries: toggle({
    description:
      'Whether each successful delivery by mailto, exec or webhook has a line of level info, so that the log answers whether a mail was sent, also when `belfry recent` no longer has the event. With `no` the level is debug. A line costs some microseconds and a write: with thousands of deliveries a second choose `no`. Failures are logged in any case.',
    default: 'yes',
  }),
  spool_engine: choice({ description: 'The engine of the spool.', default: 'lmdb', hidden: true }, ['lmdb']),
  spool_directory: path({
    description:
      'The directory of the spool on disk. Only one daemon can use it. belfry creates it if it does not exist.',
    default: '{configdirectory}/spool',
  }),
  spool_retention: duration(
    {
      description:
        'How long requests stay in the spool after the last notifier has processed them, for `belfry replay`.',
      default: '24h',
    },
    { max: 365 * 86_400_000 },
  ),
  spool_max_size: size(
    {
      description: 'The size limit for requests and dead letters in the spool.',
      details:
        'when it is reached, belfry first discards requests that are kept only for replay; then it refuses new requests, counts them and logs them as lost. It goes on reading, so that the mail server never waits. Dead letters take at most a quarter of this size, and unusable requests a fifth of that quarter; beyond it belfry discards the oldest and counts them as dropped.',
      absent: '1G',
      example: '10G',
    },
    // The database takes four times as much address space, of which a process has 128 TiB.
    { min: 1024 * 1024, max: 4 * 1024 ** 4 },
  ),
  control_socket: path({
    description:
      'The Unix stream socket for the commands of an administrator (`belfry status`, `queue`, `dead`, …), which speaks HTTP: `curl --unix-socket PATH http://belfry/api/status`. Only root and the user of the daemon may use it. A path has at most 107 bytes.',
    default: '{configdirectory}/control',
  }),
  dispatch_nice: integer(
    {
      description:
        'Lowers the processor priority of dispatch (checks, filters, notifiers), from 0 (not at all) to 19, as nice(1) counts. The thread that reads the notify sockets keeps its priority. The programs that notifiers start, and the thread that parses HTTP requests, always run with at least 10.',
      default: '0',
    },
    { min: 0, max: 19 },
  ),
  shutdown_grace: duration(
    {
      description:
        'How long attempts in progress may take to finish when the daemon stops. Even if something hangs, the daemon ends within 30 seconds after that.',
      default: '20s',
    },
    { max: 3_600_000 },
  ),
};

export const socketOptions = {
  notifysocket: patterns({
    description:
      'The Unix sockets on which belfry receives requests, written as in Cyrus. A path is a datagram socket. `dlist:` and a path is a stream socket: on it Cyrus waits until each request is in the spool, and requests can be longer than a datagram. A name that begins with `@` is a datagram socket of the abstract namespace. A path has at most 107 bytes.',
    default: '{configdirectory}/socket/notify',
    example: '/run/cyrus/socket/notify',
  }),
  ...datagramOptions,
  notifysocket_mode: mode({
    description: 'The mode of the socket file. The mail server must be able to write to it.',
    default: '0660',
  }),
  notifysocket_group: text({
    description: 'The group of the socket file, by name or number. The user of the daemon must be in it.',
    absent: 'the group of the daemon',
    example: 'mail',
  }),
};

const cyrusSends = (what: string): string =>
  `The method that Cyrus writes into ${what}. belfry uses the method of each request, and only checks here that this method exists.`;

export const requestOptions = {
  notifiers: words({
    description:
      'The names of the notifiers, of your choice: letters, digits and `-`. The options of a notifier begin with its name.',
    absent: 'none, only a built-in log',
    example: 'audit crm',
  }),
  default_notifiers: words({
    description: 'The notifiers for requests that name no method, or `default`. A method stands for all its notifiers.',
    absent: 'all notifiers',
    example: 'crm',
  }),
  sieve_notifiers: words({
    description:
      'The notifiers that a request of class SIEVE may use; a method stands for all its notifiers. If the request names no method, or `default`, belfry uses those of default_notifiers that are listed here. The value of sievenotifier is always allowed. If no notifier is allowed, belfry filters the request and logs a warning from time to time.',
    default: 'mailto log null',
  }),
  event_notifier: text({ description: cyrusSends('requests of class EVENT'), absent: 'no check', example: 'log' }),
  mailnotifier: text({ description: cyrusSends('requests of class MAIL'), absent: 'no check' }),
  sievenotifier: text({
    description: cyrusSends('requests of class SIEVE when the script names none'),
    absent: 'no check',
  }),
  imipnotifier: text({ description: cyrusSends('requests of class IMIP'), absent: 'no check' }),
  notify_external: path({
    description: 'The program that the method exec (in Cyrus: external) runs.',
    absent: 'no program',
    example: '/usr/local/bin/on-mail',
  }),
  sendmail: path({ description: 'The program to which belfry passes mail.', default: '/usr/lib/sendmail' }),
  postmaster: text({ description: 'The sender address of mail.', default: 'postmaster' }),
};

/** Each of these may also be given for one notifier alone, as `NAME_event_groups`. */
export const filterOptions = {
  event_groups: words({ description: 'The groups of events to deliver.', default: 'message mailbox' }, eventGroups),
  event_exclude_flags: words({
    description:
      'Flags to remove from events, compared without case. An event about flags is filtered if no flag is left.',
    absent: 'none',
    example: '\\Seen $Junk',
  }),
  event_exclude_specialuse: words({
    description:
      'The attributes of mailboxes whose events belfry filters (see special_use). `ALL`: all mailboxes except the INBOX of each user. `none`: no mailbox.',
    details:
      'Cyrus applies this option too, and knows the real attributes; belfry knows only the names of the mailboxes. So belfry filters requests from a notifysocket only if you ask for it: write this option or special_use with the prefix `belfry_`, for one notifier, or in the file of belfry, not in an included one.',
    default: '\\Junk',
  }),
  event_extra_params: words(
    {
      description:
        'The optional parameters to keep in an event; belfry removes the others of the list below. Parameters outside that list always stay: those that are necessary to understand the event, and those of other vendors.',
      absent: 'all stay',
    },
    extraParameters,
  ),
  event_content_inclusion_mode: choice(
    {
      description:
        'Limits messageContent. `standard`: kept, unless it is larger than event_content_size. `message`, `header`, `body`: only that part, cut to the size. `headerbody`: the whole header, and the body cut to the size.',
      absent: 'messageContent is not changed',
    },
    contentModes,
  ),
  event_content_size: size({
    description: 'The size for event_content_inclusion_mode; 0 means no limit.',
    absent: 'no limit',
    example: '16K',
  }),
};

export const eventOptions = {
  special_use: map({
    description:
      'The mailboxes with each special-use attribute (RFC 6154); events do not contain this. Write an attribute, `=`, and patterns of mailbox names, in which `*` matches any text and `%` any text within one level, as in NAME_mailboxes.',
    default: writtenSpecialUse(),
    example: '\\Junk=INBOX/Junk INBOX/Spam \\Sent="INBOX/Sent Items"',
  }),
  unknown_events: choice({ description: 'Whether events of a type without a schema are delivered.', default: 'pass' }, [
    'pass',
    'reject',
  ]),
  schema_directory: path({
    description: 'A directory of JSON Schemas, NAME.json, which add to the built-in schemas or replace them.',
    absent: 'only the built-in schemas',
    example: '/etc/belfry/schemas',
  }),
};

/** What the intakes have declared. */
const intakeOptions: OptionRecord = Object.fromEntries(intakeKinds.flatMap(({ options }) => Object.entries(options)));

/** All of them by name. */
export const globalOptions = {
  ...daemonOptions,
  ...socketOptions,
  ...intakeOptions,
  ...adminOptions,
  ...requestOptions,
  ...filterOptions,
  ...eventOptions,
};
