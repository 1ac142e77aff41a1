/** `belfry serve`: its flags, many of them those of notifyd. */
import { type Command, Option } from 'commander';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { unknownCommand } from './unknown-command.ts';

export interface ServeFlags {
  readonly config?: string;
  readonly method?: string;
  readonly user?: string;
  readonly timeout?: string;
  readonly debug?: true;
  readonly hint?: true;
  readonly output?: 'json' | 'text';
}

export function addServe(program: Command, io: CommandIo, names: readonly string[]): void {
  program
    .command('serve', { isDefault: true })
    .summary('run the daemon in the foreground (the default command)')
    .description(
      'Runs the daemon in the foreground: receives requests on its sockets and delivers them. It logs to standard ' +
        'output. SIGHUP reads the configuration again. SIGTERM, SIGINT or the end of its terminal stops it within shutdown_grace; a ' +
        'second signal stops it at once.',
    )
    .allowExcessArguments()
    .option(...configurationFlag)
    .option('-m, --method <notifier>', 'notifier or method for requests that name none (instead of default_notifiers)')
    .option('-U, --user <number>', 'ignored; accepted for compatibility with notifyd')
    .option('-T, --timeout <seconds>', 'ignored; accepted for compatibility with notifyd')
    .option('-D, --debug', 'ignored; accepted for compatibility with notifyd')
    .addOption(
      new Option(
        '--output <form>',
        'format of the log: json, or text for people (default: text on a terminal, otherwise json; under systemd json with priorities)',
      ).choices(['json', 'text']),
    )
    .option('--hint', 'print how to send a first event once the daemon is ready')
    .action(async (flags: ServeFlags, command: Command) => {
      const [word] = command.args;
      // As the default command it gets what is no command at all.
      if (word !== undefined) throw unknownCommand(word, names);
      const { serve } = await import('./serve-daemon.ts');
      await serve(flags, io);
    });
}
