/** `belfry status`: one screen that says whether all is well. */
import type { Command } from 'commander';
import { exitStatus } from '../base/error.ts';
import { type AdminFlags, jsonFlag } from './administer.ts';
import { askRunning } from './ask.ts';
import { configurationFlag, loadReadable } from './configuration-file.ts';
import { type CommandIo, outJson, widthOf } from './io.ts';
import { renderScreen } from './render-screen.ts';
import { styleFor } from './style.ts';

export function addStatus(program: Command, io: CommandIo): void {
  program
    .command('status')
    .summary('whether all is well, on one screen')
    .description(
      'Says whether all is well, and if not what is wrong, what it means and what to do; then how each notifier stands, with its last ' +
        'failure. Asks the running daemon: run it as root or as the user of the daemon. Exits with 0 when all is well or only a warning is ' +
        'shown, with 69 when something is wrong or no daemon runs.',
    )
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (flags: AdminFlags) => {
      const configuration = await loadReadable(flags.config, io.err);
      const { statusAnswer } = await import('../admin/status-answer.ts');
      const status = await askRunning(configuration, '/api/status', statusAnswer);
      if (flags.json) outJson(io, status);
      else io.out(renderScreen(status, { width: widthOf(io), style: styleFor(io, process.env) }));
      io.exit(status.verdict.level === 'bad' ? exitStatus.unavailable : exitStatus.ok);
    });
}
