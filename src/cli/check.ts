/** `belfry check`: its flags. */
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';

export interface CheckFlags {
  readonly config?: string;
  readonly imapdConf?: string;
  readonly quiet?: true;
  readonly changed?: true;
  readonly json?: true;
}

export function addCheck(program: Command, io: CommandIo): void {
  program
    .command('check')
    .summary('read the configuration and say what is in force and what is wrong')
    .description(
      'Reads the configuration and prints every mistake and every warning with its file and line on standard error, then ' +
        'every value in force with the line that it comes from on standard output. A mistake is whatever keeps the daemon ' +
        'from starting, what it needs of the file system included: run this as its user. A warning is a setting that ' +
        'probably does not do what is meant, or that makes Cyrus crash or lose events. Ends with 0, or with 78 when there ' +
        'is a mistake.',
    )
    .option(...configurationFlag)
    .option(
      '--imapd-conf <file>',
      'the configuration of Cyrus, to look at too (default: /etc/imapd.conf if it is there)',
    )
    .option('-q, --quiet', 'print mistakes and nothing else')
    .option('-n, --changed', 'print only the values that are not defaults')
    .option('--json', 'one JSON object, for programs')
    .allowExcessArguments()
    .action(async (flags: CheckFlags, command: Command) => {
      const [word] = command.args;
      if (word !== undefined) {
        const file = JSON.stringify(word.slice(0, 200));
        throw new BelfryError('USAGE', `check takes no file as an argument: write belfry check -C ${file}`);
      }
      const { check } = await import('./check-configuration.ts');
      await check(flags, io);
    });
}
