/** The manual pages belfry(8) and belfry.conf(5), out of the command line and the option table. */
import type { Command } from 'commander';
import { errorCodes } from '../src/base/error.ts';
import type { Method } from '../src/notifier/notifier.ts';
import { commandReference } from './command-reference.ts';
import { configurationReference } from './configuration-reference.ts';
import { quoted, roffOf } from './roff.ts';

export interface Edition {
  readonly version: string;
  /** Like `2026-11-21`. */
  readonly date: string;
}

/** belfry(8), in man(7). */
export function commandManual(program: Command, edition: Edition): string {
  const names = program.commands.map((command) => command.name());
  return page('belfry', 8, edition, [
    '### Name\n\nbelfry - event-notification daemon for mail servers',
    `### Synopsis\n\n**belfry** [${names.join(' | ')}] [option...] [argument...]`,
    [
      '### Description',
      `${program.description()} The mail server reports each event (RFC 5423) on a socket. belfry stores it on disk, checks`,
      'and filters it, and delivers it through notifiers: a log, a mail, a program, a webhook. It never stalls the',
      'mail server, and loses nothing that it has accepted.',
      '',
      'Without a command, belfry runs `serve`, so that it can replace notifyd(8) of Cyrus IMAP. Each command',
      'has `--help`; `belfry --version` prints the version.',
    ].join('\n'),
    `### Commands`,
    { subsections: commandReference(program) },
    [
      '### Signals\n',
      '| Signal | Meaning |\n| --- | --- |',
      '| `SIGHUP` | Reads the configuration again. If the new one is wrong, the log has the reasons, and the old one stays in force. |',
      '| `SIGTERM`, `SIGINT` | Stops the daemon within shutdown_grace; a second one stops it at once. |',
    ].join('\n'),
    ['### Exit status\n', '| Status | Meaning |\n| --- | --- |', ...exitRows()].join('\n'),
    [
      '### Files\n',
      '| File | Meaning |\n| --- | --- |',
      '| `/etc/belfry.conf` | The configuration. If it does not exist, belfry reads `/etc/imapd.conf`. |',
      '| `/run/belfry/notify` | The socket that the Debian package listens on. |',
      '| `/var/lib/belfry` | The state: the spool and, unless control_socket names another path, the control socket. |',
    ].join('\n'),
    '### See also\n\n**belfry.conf**(5), **notifyd**(8), **systemd.service**(5)',
  ]);
}

/** belfry.conf(5), in man(7). */
export function configurationManual(methods: readonly Method[], edition: Edition): string {
  return page('belfry.conf', 5, edition, [
    '### Name\n\nbelfry.conf - configuration of belfry, the event-notification daemon',
    [
      '### Description',
      '**belfry**(8) reads `/etc/belfry.conf`, or the file that `-C` names. `belfry check` prints every value in force, where',
      'it comes from, and every mistake. A running daemon reads the file again at SIGHUP.',
    ].join('\n'),
    configurationReference(methods),
    '### See also\n\n**belfry**(8), **imapd.conf**(5)',
  ]);
}

type Part = string | { readonly subsections: string };

function page(name: string, section: number, { version, date }: Edition, parts: readonly Part[]): string {
  const head = `.TH ${name.toUpperCase()} ${section} ${quoted(date)} ${quoted(`belfry ${version}`)}\n`;
  // Ragged and without hyphenation: names and paths stay whole.
  const body = parts.map((part) => (typeof part === 'string' ? roffOf(part, 'SH') : roffOf(part.subsections, 'SS')));
  return `${head}.nh\n.ad l\n${body.join('')}`;
}

/** One row for each status, with every meaning that it has. */
function exitRows(): readonly string[] {
  const meanings = new Map<number, string[]>([[0, ['Success.']]]);
  for (const { exit, meaning } of Object.values(errorCodes)) {
    meanings.set(exit, [...(meanings.get(exit) ?? []), meaning]);
  }
  const rows = [...meanings].sort(([a], [b]) => a - b);
  return rows.map(([status, all]) => `| \`${status}\` | ${all.join(' ')} |`);
}
