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
      'Runs the daemon in the foreground: takes requests on its sockets and tells the notifiers. It logs to standard ' +
        'output. SIGHUP reads the configuration again; SIGTERM, SIGINT or the end of its terminal stops it within shutdown_grace, a ' +
        'second signal at once.',
    )
    .allowExcessArguments()
    .option(...configurationFlag)
    .option('-m, --method <notifier>', 'notifier or method for requests that name none (instead of default_notifiers)')
    .option('-U, --user <number>', 'accepted because notifyd has it; without effect')
    .option('-T, --timeout <seconds>', 'accepted because notifyd has it; without effect')
    .option('-D, --debug', 'accepted because notifyd has it; without effect')
    .addOption(
      new Option(
        '--output <form>',
        'form of the log: json, or text for people (default: text on a terminal, else json; for the journal always json with its priority)',
      ).choices(['json', 'text']),
    )
    .option('--hint', 'say how to send a first event once the daemon is ready')
    .action(async (flags: ServeFlags, command: Command) => {
      const [word] = command.args;
      // As the default command it gets what is no command at all.
      if (word !== undefined) throw unknownCommand(word, names);
      const { serve } = await import('./serve-daemon.ts');
      await serve(flags, io);
    });
}
