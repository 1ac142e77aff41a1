/** The options of the daemon itself: those of Cyrus that it obeys, and its own. */
import { contentModes } from '../filter/content.ts';
import { eventGroups } from '../filter/groups.ts';
import { extraParameters } from '../filter/parameters.ts';
import { defaultSpecialUse } from '../filter/special-use.ts';
import { datagramOptions } from '../intake/datagram-kind.ts';
import { intakeKinds } from '../intake/table.ts';
import { choice, duration, integer, map, mode, path, patterns, size, text, words } from '../option/kinds.ts';
import type { OptionRecord } from '../option/option.ts';

/** {@link defaultSpecialUse} as one would write it. */
function writtenSpecialUse(): string {
  const written = new Map<string, string[]>();
  for (const { attribute, pattern } of defaultSpecialUse) {
    written.set(attribute, [...(written.get(attribute) ?? []), pattern]);
  }
  return [...written].map(([attribute, given]) => `${attribute}=${given.join(' ')}`).join(' ');
}

const stateDirectory = path({
  description:
    'Where the daemon keeps its state. `{configdirectory}` at the beginning of a path stands for it. In a file of Cyrus it is the directory of Cyrus, which the socket of notifyd is in.',
  default: '/var/lib/belfry',
});

export const daemonOptions = {
  configdirectory: {
    ...stateDirectory,
    // It becomes part of lists of paths, in which these have a meaning.
    schema: stateDirectory.schema.refine(
      (value) => !/["\s]/.test(value),
      'it must not hold white space or double quotes',
    ),
  },
  servername: text({
    description: 'The name of this host in what the daemon sends.',
    absent: 'the name of the host',
    example: 'imap.example.org',
  }),
  log_level: choice({ description: 'The least level that is logged.', default: 'info' }, [
    'error',
    'warn',
    'info',
    'debug',
    'trace',
  ]),
  syslog_prefix: text({
    description: 'What the name of the program begins with in lines for syslog.',
    absent: 'nothing',
  }),
  syslog_facility: choice({ description: 'The facility of lines for syslog.', default: 'MAIL' }, [
    'DAEMON',
    'MAIL',
    'NEWS',
    'USER',
    'LOCAL0',
    'LOCAL1',
    'LOCAL2',
    'LOCAL3',
    'LOCAL4',
    'LOCAL5',
    'LOCAL6',
    'LOCAL7',
  ]),
  spool_engine: choice(
    {
      description:
        'Where requests are kept until they are delivered. lmdb: on disk, in spool_directory; what has been taken survives the end of the process. memory: gone with the process.',
      default: 'lmdb',
    },
    ['lmdb', 'memory'],
  ),
  spool_directory: path({
    description: 'The directory of the spool on disk; only one daemon can use it. It is made when it is not there.',
    default: '{configdirectory}/spool',
  }),
  spool_retention: duration(
    {
      description: 'How long requests stay in the spool after the last notifier has passed them, for `belfry replay`.',
      default: '24h',
    },
    { max: 365 * 86_400_000 },
  ),
  spool_max_size: size(
    {
      description:
        'How many bytes of requests and dead letters the spool keeps. When it is full, what is only retained is discarded; then new requests are refused, counted and logged as lost. Reading goes on, so that the mail server never waits. Dead letters take at most a quarter of it, and of that requests that could not be used a fifth; beyond it the oldest are discarded and counted as dropped.',
      absent: '1G on disk, 64M in memory',
      example: '10G',
    },
    { min: 1024 * 1024 },
  ),
  control_socket: path({
    description:
      'The Unix stream socket on which `belfry queue`, `dead` and `replay` reach the daemon. Only root and the user of the daemon may use it. A path holds at most 107 bytes.',
    default: '{configdirectory}/control',
  }),
  dispatch_nice: integer(
    {
      description:
        'By how much everything behind the socket (checking, filtering, notifiers and the programs they run) gives way to other programs when the processors are busy, from 0 (not at all) to 19, as nice(1) counts. The reading of the socket never gives way.',
      default: '10',
    },
    { min: 0, max: 19 },
  ),
  shutdown_grace: duration(
    {
      description:
        'How long notifications that are under way may take to finish when the daemon is told to stop. Whatever hangs, it ends within 30 seconds after that.',
      default: '20s',
    },
    { max: 3_600_000 },
  ),
};

export const socketOptions = {
  notifysocket: patterns({
    description:
      'The Unix sockets to receive on, written as in Cyrus: a path is a datagram socket, `dlist:` and a path a stream socket, on which Cyrus waits until each request is in the spool, and which takes requests that are too long for a datagram. A name that begins with `@` is a datagram socket of the abstract namespace. A path holds at most 107 bytes.',
    default: '{configdirectory}/socket/notify',
    example: '/run/cyrus/socket/notify',
  }),
  ...datagramOptions,
  notifysocket_mode: mode({
    description: 'Who may write to the socket: the mail server must be able to.',
    default: '0660',
  }),
  notifysocket_group: text({
    description: 'Group of the socket, by name or number. The user of the daemon must be in it.',
    absent: 'the group of the daemon',
    example: 'mail',
  }),
};

const cyrusSends = (what: string): string =>
  `The method that Cyrus writes into ${what}. The daemon goes by the request itself and only checks that the method is there.`;

export const requestOptions = {
  notifiers: words({
    description:
      'The notifiers, by names of your choice: letters, digits and `-`. Each has options of its own that begin with its name.',
    absent: 'none: a built-in log',
    example: 'audit crm',
  }),
  default_notifiers: words({
    description:
      'The notifiers that are told when a request names no method, or `default`. Names of notifiers, or of methods for all their notifiers.',
    absent: 'all notifiers',
    example: 'crm',
  }),
  sieve_notifiers: words({
    description:
      'What a request of class SIEVE may reach: notifiers, or methods for all their notifiers. It holds as well where the request names no method or `default`: then those of default_notifiers that are listed here are notified. The value of sievenotifier counts as listed. A request that nobody may get is filtered, and warned of now and then.',
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
  sendmail: path({ description: 'The program that mail is given to.', default: '/usr/lib/sendmail' }),
  postmaster: text({ description: 'The address that mail is from.', default: 'postmaster' }),
};

/** Each of these may also be given for one notifier alone, as `NAME_event_groups`. */
export const filterOptions = {
  event_groups: words({ description: 'The groups of events that pass.', default: 'message mailbox' }, eventGroups),
  event_exclude_flags: words({
    description:
      'Flags that are not reported, compared without case. An event of flags loses them, and is held back when none is left.',
    absent: 'none',
    example: '\\Seen $Junk',
  }),
  event_exclude_specialuse: words({
    description:
      'Mailboxes with one of these attributes report nothing (see special_use). `ALL`: only the INBOX of each user reports. As no value may be empty, the word `none` excludes nothing. Requests from a notifysocket are held to it only where this or special_use is written with the prefix `belfry_`, for one notifier, or in a file that is not included: Cyrus has applied its own setting already, by the real attributes, and a mailbox that is merely called Junk is none.',
    default: '\\Junk',
  }),
  event_extra_params: words(
    {
      description:
        'The optional parameters that stay in an event; the others of this list are removed. Parameters that it does not have always stay: those that the event cannot be understood without, and those of other vendors.',
      absent: 'all stay',
    },
    extraParameters,
  ),
  event_content_inclusion_mode: choice(
    {
      description:
        'What becomes of messageContent. `standard`: it stays, unless it is larger than event_content_size. `message`, `header`, `body`: that, cut to the size. `headerbody`: the whole header, and the body cut to the size.',
      absent: 'messageContent stays as it is',
    },
    contentModes,
  ),
  event_content_size: size({
    description: 'How many bytes event_content_inclusion_mode lets through; 0 is no limit.',
    absent: 'no limit',
    example: '16K',
  }),
};

export const eventOptions = {
  special_use: map({
    description:
      'Which mailboxes have which special-use attribute (RFC 6154), because no event says so. An attribute with `=`, and then its patterns: names of mailboxes in which `*` is any text and `%` any text within one level, as in NAME_mailboxes.',
    default: writtenSpecialUse(),
    example: '\\Junk=INBOX/Junk INBOX/Spam \\Sent="INBOX/Sent Items"',
  }),
  unknown_events: choice({ description: 'What to do with events of a type that has no schema.', default: 'pass' }, [
    'pass',
    'reject',
  ]),
  schema_directory: path({
    description: 'A directory of JSON Schemas, NAME.json, that are added to those of the daemon or replace them.',
    absent: 'only its own',
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
  ...requestOptions,
  ...filterOptions,
  ...eventOptions,
};
