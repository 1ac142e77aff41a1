/** `belfry check`: what a configuration means, and all that is wrong with it. */
import type { Command } from 'commander';
import { exitStatus } from '../error.ts';
import { configurationFile, configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';

export function addCheck(program: Command, io: CommandIo): void {
  program
    .command('check')
    .summary('read the configuration and say what is in force and what is wrong')
    .description(
      'Reads the configuration and prints every value in force with the line it comes from, then every mistake with its ' +
        'file and line, and warnings of settings that make Cyrus itself crash. The files that http_* options name are read as ' +
        'the daemon reads them at its start: run this as its user. Ends with 0, or with 78 when there is a mistake.',
    )
    .option(...configurationFlag)
    .action(async (flags: { readonly config?: string }) => {
      const [{ loadForStart }, { renderCheck }] = await Promise.all([
        import('../load-for-start.ts'),
        import('./render-check.ts'),
      ]);
      const loaded = loadForStart(configurationFile(flags.config));
      io.out(renderCheck(loaded));
      io.exit(loaded.configuration === undefined ? exitStatus.configuration : exitStatus.ok);
    });
}
