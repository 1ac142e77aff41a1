/** `belfry doctor`: its flags. */
import type { Command } from 'commander';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';

export interface DoctorFlags {
  readonly config?: string;
  readonly imapdConf?: string;
  readonly cyrusConf?: string;
  readonly dovecotConf?: string;
  readonly json?: true;
}

export function addDoctor(program: Command, io: CommandIo): void {
  program
    .command('doctor')
    .summary('examine belfry, the mail server and the receivers; say what is wrong and how to fix it')
    .description(
      'Examines the whole installation: the configuration of belfry, imapd.conf and cyrus.conf of Cyrus, the plugins of Dovecot, limits of the ' +
        'kernel, the sockets and their permissions, the daemon, the disk of the spool, the clock, and the receivers. Prints a line for each ' +
        'finding: ok, warning, FAULT, or "not checked" with the reason; below a warning or a fault what it means, and what to do. It changes nothing. ' +
        'It connects to each receiver and delivers nothing to it: over HTTP it sends OPTIONS, over SMTP EHLO. If the daemon runs, it sends one test event ' +
        'through the socket, which only the built-in notifier null gets. If the files of one mail server are named, ' +
        'it examines only that one. Run it as root: other users may not look at everything. ' +
        'Exits with 0 if there is no fault, or with 69.',
    )
    .option(...configurationFlag)
    .option('--imapd-conf <file>', 'the configuration of Cyrus (default: /etc/imapd.conf)')
    .option('--cyrus-conf <file>', 'the services of Cyrus (default: /etc/cyrus.conf)')
    .option(
      '--dovecot-conf <file>',
      'the configuration of Dovecot, or a file with the output of doveconf -n (default: /etc/dovecot/dovecot.conf)',
    )
    .option('--json', 'print one JSON object on each line, for programs')
    .action(async (flags: DoctorFlags) => {
      const { examine } = await import('./examine-installation.ts');
      await examine(flags, io);
    });
}
