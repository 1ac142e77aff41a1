/** `belfry init`: its flags. */
import type { Command } from 'commander';
import type { CommandIo } from './io.ts';

export interface InitFlags {
  readonly cyrus?: true;
  readonly dovecot?: true;
  readonly imapdConf?: string;
  readonly cyrusConf?: string;
  readonly dovecotConf?: string;
  readonly output?: string;
  readonly force?: true;
}

export function addInit(program: Command, io: CommandIo): void {
  program
    .command('init')
    .summary('write a first configuration from what is on this machine; print the lines for the mail server')
    .description(
      'Looks for Cyrus and Dovecot, their sockets, users and groups, and writes a first configuration with a comment on each choice. ' +
        'Then prints the lines to write into the configuration of the mail server; it changes that itself in no way. Asks nothing. ' +
        'Without -o it prints the configuration to standard output, and the lines for the mail server to standard error.',
    )
    .option('--cyrus', 'only for Cyrus, even if it is not found')
    .option('--dovecot', 'only for Dovecot, even if it is not found')
    .option('--imapd-conf <file>', 'the configuration of Cyrus (default: /etc/imapd.conf)')
    .option('--cyrus-conf <file>', 'the services of Cyrus (default: /etc/cyrus.conf)')
    .option('--dovecot-conf <file>', 'the configuration of Dovecot (default: /etc/dovecot/dovecot.conf)')
    .option('-o, --output <file>', 'write the configuration to this file, which must not exist yet')
    .option('--force', 'replace the file if it exists')
    .action(async (flags: InitFlags) => {
      const { writeFirstConfiguration } = await import('./write-first-configuration.ts');
      writeFirstConfiguration(flags, io);
    });
}
