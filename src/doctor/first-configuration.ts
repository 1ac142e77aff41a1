/** Writes the first configuration of belfry for what was found, with a comment on each choice. Pure. */
import { eventGroups } from '../filter/groups.ts';
import type { Found } from './find-installation.ts';

const usualGroups = ['message', 'flags', 'mailbox'];
/** Cyrus aborts or does not start with these, and belfry need not ask for them. */
const risky: ReadonlySet<string> = new Set(['quota', 'jmap']);

export interface FirstConfiguration {
  /** The text of the file. */
  readonly text: string;
  /** The notifysocket in it. */
  readonly socket: string;
  readonly groups: readonly string[];
}

/** Where Dovecot sends to. */
export const httpAddress = '127.0.0.1:8090';

/** `isUsable`: whether belfry can open a socket. */
export function firstConfiguration(found: Found, isUsable: (socket: string) => boolean): FirstConfiguration {
  const { cyrus, dovecot, isPackaged, directory, logDirectory } = found;
  const written = cyrus?.options.has('notifysocket') === true;
  const socket = chosenSocket();
  const groups = chosenGroups();
  const lines: string[] = [
    '# The configuration of belfry, written by belfry init. The syntax is that of imapd.conf; belfry.conf(5) describes every option,',
    '# belfry check shows the values in force and all mistakes, and belfry doctor examines the whole installation.',
    '',
    '# The directory for the spool and the other files of belfry.',
    `configdirectory: ${directory}`,
    '',
  ];
  if (cyrus !== undefined) {
    const why =
      socket === cyrus.socket
        ? `${written ? 'Taken from' : 'The default of Cyrus, without a line in'} ${cyrus.imapdConf}.`
        : `Set the same path in ${cyrus.imapdConf}.`;
    lines.push(`# Cyrus sends its events to this socket. ${why}`, `notifysocket: ${socket}`);
    if (cyrus.group !== undefined) {
      lines.push(
        `# The group of the user ${cyrus.user}, so that Cyrus may write to the socket.`,
        `notifysocket_group: ${cyrus.group}`,
      );
    }
    lines.push('');
    const mail = cyrus.options.get('postmaster');
    if (mail !== undefined && isPlain(mail.value))
      lines.push('# The sender address of mail, as in Cyrus.', `postmaster: ${mail.value}`, '');
  } else if (dovecot === undefined) {
    lines.push(
      '# No mail server was found. Programs and mail servers send their events to this socket.',
      `notifysocket: ${socket}`,
      '',
    );
  } else if (isPackaged)
    lines.push(
      '# For Cyrus; systemd holds it (belfry.socket).',
      `notifysocket: ${socket}`,
      'notifysocket_group: mail',
      '',
    );
  if (isPackaged)
    lines.push('# belfry queue, dead and replay use this socket.', 'control_socket: /run/belfry/control', '');
  if (dovecot !== undefined) {
    lines.push(
      '# Dovecot sends its events to this address over HTTP. Only programs on this machine can reach it; any of them may send.',
      '# Where others than you can log in, set http_token here and belfry_token in Dovecot to the same secret.',
      `http_listen: ${httpAddress}`,
      '',
    );
  }
  const server = cyrus?.options.get('servername')?.value;
  if (server !== undefined && isPlain(server))
    lines.push('# The name of the mail server, as in Cyrus.', `servername: ${server}`, '');
  lines.push(
    '# The groups of events to deliver: message, flags, mailbox, access, subscription, calendar, quota.',
    `event_groups: ${groups.join(' ')}`,
    '',
    '# The notifiers. Choose any names; the options of a notifier begin with its name. This one writes a line for each event.',
    'notifiers: archive',
    'archive_method: log',
    ...(logDirectory === undefined
      ? ['# Without archive_log_file it writes to standard output: under systemd, to the journal.']
      : [`archive_log_file: ${logDirectory}/events.log`]),
    '',
    '# To add another one:',
    '#   notifiers: archive crm',
    '#   crm_method: webhook',
    '#   crm_webhook_url: https://crm.example.org/hooks/mail',
    '#   crm_events: MessageNew',
  );
  return { text: `${lines.join('\n')}\n`, socket, groups };

  function chosenSocket(): string {
    if (isPackaged) return '/run/belfry/notify';
    if (cyrus !== undefined && isPlain(cyrus.socket) && isUsable(cyrus.socket)) return cyrus.socket;
    return `${directory}/notify`;
  }

  function chosenGroups(): readonly string[] {
    const ofCyrus = cyrus?.options.get('event_groups')?.value.toLowerCase().split(/\s+/) ?? [];
    const known = ofCyrus.filter((group) => (eventGroups as readonly string[]).includes(group) && !risky.has(group));
    if (known.length > 0) return known;
    return dovecot === undefined ? usualGroups : [...usualGroups, 'subscription'];
  }
}

/** Whether a value means the same in another file. */
function isPlain(value: string): boolean {
  return !value.endsWith('\\') && !/[\s\0]/.test(value);
}
