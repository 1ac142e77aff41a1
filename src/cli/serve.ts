/** `belfry serve`: the daemon in the foreground, and what signals do to it. */
import type { Command } from 'commander';
import { loadConfiguration } from '../config/load.ts';
import { Daemon } from '../daemon.ts';
import { BelfryError, exitStatus, messageOf } from '../error.ts';
import { type DaemonLog, openDaemonLog } from '../log/daemon-log.ts';
import { methods } from '../notifier/table.ts';
import { nearest } from '../option/nearest.ts';
import { configurationFile, configurationFlag, loadOrThrow } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { renderProblems } from './render-check.ts';

interface ServeFlags {
  readonly config?: string;
  readonly method?: string;
  readonly user?: string;
  readonly timeout?: string;
  readonly debug?: true;
  readonly hint?: true;
}

export function addServe(program: Command, io: CommandIo): void {
  program
    .command('serve', { isDefault: true })
    .summary('run the daemon in the foreground (the default command)')
    .description(
      'Runs the daemon in the foreground: takes requests on its sockets and tells the notifiers. It logs to standard ' +
        'output. SIGHUP reads the configuration again; SIGTERM or SIGINT stops it within shutdown_grace, a second one at once.',
    )
    .allowExcessArguments()
    .option(...configurationFlag)
    .option('-m, --method <notifier>', 'notifier or method for requests that name none (instead of default_notifiers)')
    .option('-U, --user <number>', 'accepted because notifyd has it; without effect')
    .option('-T, --timeout <seconds>', 'accepted because notifyd has it; without effect')
    .option('-D, --debug', 'accepted because notifyd has it; without effect')
    .option('--hint', 'say how to send a first event once the daemon is ready')
    .action((flags: ServeFlags, command: Command) => {
      const [word] = command.args;
      // As the default command it gets what is no command at all.
      if (word !== undefined) throw unknownCommand(word, program);
      return serve(flags, io);
    });
}

function unknownCommand(word: string, program: Command): BelfryError {
  const names = program.commands.map((command) => command.name());
  const meant = nearest(word, names);
  const hint = meant === undefined ? `the commands are ${names.join(', ')}` : `did you mean ${meant}?`;
  return new BelfryError('USAGE', `there is no command ${JSON.stringify(word.slice(0, 40))}: ${hint}`);
}

async function serve(flags: ServeFlags, io: CommandIo): Promise<void> {
  const file = configurationFile(flags.config);
  const configuration = loadOrThrow(file, io.err);
  const log = openDaemonLog(configuration.logLevel);
  for (const [flag, given] of [
    ['-U', flags.user],
    ['-T', flags.timeout],
    ['-D', flags.debug],
  ] as const) {
    if (given !== undefined) log.log.warn({ flag }, 'this flag of notifyd is accepted and has no effect');
  }
  let daemon: Daemon;
  try {
    daemon = await Daemon.start(configuration, {
      log,
      onFailure: (reason) => {
        log.log.fatal({ reason }, 'the intake has failed, which is a defect: the daemon ends, to be started again');
        log.flushSync();
        process.exit(exitStatus.software);
      },
      ...(flags.method === undefined ? {} : { defaultMethod: flags.method }),
    });
  } catch (thrown) {
    log.flushSync();
    throw thrown;
  }
  handleSignals(daemon, file, log, io);
  const [socket] = configuration.sockets;
  if (flags.hint && socket !== undefined) {
    io.err(
      `belfry listens on ${socket.path}. Send it a first event from another terminal:\n\n` +
        `    npx belfry send -f ${socket.path} -t 'Hello from belfry'\n\n`,
    );
  }
}

function handleSignals(daemon: Daemon, file: string, log: DaemonLog, io: CommandIo): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.log.warn({ signal }, 'told to stop a second time, ending at once');
      log.flushSync();
      // Raised again without us, so that the parent sees what ended the process.
      for (const name of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(name);
      process.kill(process.pid, signal);
      return;
    }
    stopping = true;
    log.log.info({ signal }, 'stopping');
    daemon.stop().then(
      () => process.exit(exitStatus.ok),
      (thrown: unknown) => fail(thrown),
    );
  };
  const fail = (thrown: unknown): void => {
    log.log.fatal({ err: thrown }, 'the daemon failed, which is a defect');
    log.flushSync();
    process.exit(exitStatus.software);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    reload(daemon, file, log).catch(fail);
  });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Who reads our output may go away; the daemon stays.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  void io;
}

async function reload(daemon: Daemon, file: string, { log }: DaemonLog): Promise<void> {
  try {
    const { configuration, problems } = loadConfiguration(file, { methods });
    for (const problem of problems) {
      const level = problem.severity === 'error' ? 'error' : 'warn';
      log[level]({ problem: renderProblems([problem]).trim() }, 'in the configuration');
    }
    if (configuration === undefined) throw new BelfryError('CONFIGURATION', 'it has mistakes');
    await daemon.reload(configuration);
  } catch (thrown) {
    log.error({ file, reason: messageOf(thrown) }, 'the new configuration is not taken, the old one stays in force');
  }
}
