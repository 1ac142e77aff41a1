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
  /** Files of cases, and directories with such files. */
  readonly cases?: readonly string[];
}

export function addCheck(program: Command, io: CommandIo): void {
  program
    .command('check')
    .summary('check the configuration; show mistakes and the values in force')
    .description(
      'Checks the configuration. Prints every mistake and every warning with its file and line to standard error, then ' +
        'every value in force with the line that it comes from to standard output. A mistake prevents the daemon ' +
        'from starting; this includes files and directories, so run this as the user of the daemon. A warning is a setting that ' +
        'probably does not have the intended effect, or that makes Cyrus crash or lose events. Exits with 0, or with 78 if there ' +
        'is a mistake, or with 65 if a case fails.',
    )
    .option(...configurationFlag)
    .option('--imapd-conf <file>', 'also check this configuration of Cyrus (default: /etc/imapd.conf if it exists)')
    .option('-q, --quiet', 'print only mistakes')
    .option('-n, --changed', 'print only the values that are not defaults')
    .option('--json', 'print one JSON object, for programs')
    .option(
      '--cases <file>',
      'instead of the values, check that events become what this file expects, or each *.json of a directory; can be repeated',
      (path: string, paths: readonly string[] = []) => [...paths, path],
    )
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
