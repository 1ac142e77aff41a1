/** The command `belfry`: its subcommands, each loaded when it is needed, and how mistakes end it. */
import { Command, CommanderError } from 'commander';
import { exitStatus } from '../base/error.ts';
import { printableLines } from '../base/printable.ts';
import { version } from '../base/version.ts';
import { fail } from './failure.ts';
import type { CommandIo } from './io.ts';
import { unknownCommand } from './unknown-command.ts';

/** Adds one subcommand; `names` are those of all. */
type AddCommand = (program: Command, io: CommandIo, names: readonly string[]) => void;

/**
 * In the order of the help. Each is loaded by itself: what the daemon needs takes 0.3 s of processor time to load, and
 * a program that calls `belfry send` for each event would pay that every time.
 */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  init: async () => (await import('./init.ts')).addInit,
  check: async () => (await import('./check.ts')).addCheck,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  send: async () => (await import('./send.ts')).addSend,
  explain: async () => (await import('./explain.ts')).addExplain,
  test: async () => (await import('./test.ts')).addTest,
  events: async () => (await import('./events.ts')).addEvents,
  status: async () => (await import('./status.ts')).addStatus,
  top: async () => (await import('./top.ts')).addTop,
  tail: async () => (await import('./tail.ts')).addTail,
  queue: async () => (await import('./queue.ts')).addQueue,
  recent: async () => (await import('./recent.ts')).addRecent,
  dead: async () => (await import('./dead.ts')).addDead,
  replay: async () => (await import('./replay.ts')).addReplay,
  webhook: async () => (await import('./webhook.ts')).addWebhook,
};
const names = Object.keys(commands);

/** The command line with the subcommands of `wanted`; with all of them, for its documentation, when it is absent. */
export async function commandLine(io: CommandIo, wanted: readonly string[] = names): Promise<Command> {
  const program = new Command('belfry')
    .description('Receives events from mail servers, stores them, and delivers them through notifiers.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      outputError: (text, write) => write(printableLines(text)),
    })
    .configureHelp({ sortSubcommands: false, helpWidth: 100 })
    .showSuggestionAfterError()
    .exitOverride();
  for (const name of wanted) (await commands[name]?.())?.(program, io, names);
  for (const command of program.commands) command.helpOption('-h, --help', 'print this help').exitOverride();
  return program;
}

/** The subcommands that these words need: `serve` is the default, and only the help of the program itself lists all. Throws BelfryError USAGE. */
function needed([first = '']: readonly string[]): readonly string[] {
  if (names.includes(first)) return [first];
  if (['help', '-h', '--help'].includes(first)) return names;
  if (first !== '' && !first.startsWith('-')) throw unknownCommand(first, names);
  return ['serve'];
}

/** Runs one command line; every failure ends as a line on standard error and a status of sysexits(3). */
export async function run(words: readonly string[], io: CommandIo): Promise<void> {
  try {
    await (await commandLine(io, needed(words))).parseAsync([...words], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) io.exit(thrown.exitCode === 0 ? exitStatus.ok : exitStatus.usage);
    else fail(thrown, io);
  }
}
