/** The command `belfry`: its subcommands, and how mistakes end it. */
import { Command, CommanderError } from 'commander';
import { exitStatus } from '../error.ts';
import { version } from '../version.ts';
import { addCheck } from './check.ts';
import { addDead } from './dead.ts';
import { addEvents } from './events.ts';
import { addExplain } from './explain.ts';
import { fail } from './failure.ts';
import type { CommandIo } from './io.ts';
import { addQueue } from './queue.ts';
import { addReplay } from './replay.ts';
import { addSend } from './send.ts';
import { addServe } from './serve.ts';

/** The whole command line, for running it and for documenting it. */
export function commandLine(io: CommandIo): Command {
  const program = new Command('belfry')
    .description('Takes the events of a mail server, keeps them safe, and tells whoever must know.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ sortSubcommands: false, helpWidth: 100 })
    .showSuggestionAfterError()
    .exitOverride();
  const commands = [addServe, addCheck, addSend, addExplain, addEvents, addQueue, addDead, addReplay];
  for (const add of commands) add(program, io);
  for (const command of program.commands) command.helpOption('-h, --help', 'print this help').exitOverride();
  return program;
}

/** Runs one command line; every failure ends as a line on standard error and a status of sysexits(3). */
export async function run(words: readonly string[], io: CommandIo): Promise<void> {
  try {
    await commandLine(io).parseAsync([...words], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) io.exit(thrown.exitCode === 0 ? exitStatus.ok : exitStatus.usage);
    else fail(thrown, io);
  }
}
