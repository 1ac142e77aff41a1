/** `belfry recent`: the latest entries, with what became of each. */
import type { Command } from 'commander';
import { BelfryError } from '../base/error.ts';
import { type AdminFlags, administer, jsonFlag } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import { type CommandIo, widthOf } from './io.ts';
import { renderRecent } from './render-entry.ts';

interface RecentFlags extends AdminFlags {
  readonly user?: string;
  readonly mailbox?: string;
  readonly event?: string;
  readonly limit: string;
}

const greatestLimit = 100_000;

export function addRecent(program: Command, io: CommandIo): void {
  program
    .command('recent')
    .summary('the latest requests and their outcomes')
    .description(
      'Lists the latest requests, the newest first, with the outcome for each notifier: delivered with the answer of the ' +
        'receiver, filtered by an option, coalesced into a later one, waiting, deferred, dead or dropped. Goes back as far as the spool ' +
        'keeps requests (spool_retention), and needs no running daemon.',
    )
    .option('-e, --event <type>', 'only events of this type, like MessageNew, or requests of this class')
    .option('-u, --user <name>', 'only requests of this user')
    .option('-m, --mailbox <name>', 'only requests of this mailbox, like INBOX/Work')
    .option('-l, --limit <number>', 'the maximum number of requests', '20')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (flags: RecentFlags) => {
      const limit = Number(flags.limit);
      if (!/^\d+$/.test(flags.limit) || limit < 1 || limit > greatestLimit) {
        throw new BelfryError('USAGE', `--limit: "${flags.limit}" is not a number from 1 to ${greatestLimit}`);
      }
      const { event, user, mailbox } = flags;
      const selection = { event, user, mailbox };
      let found = 0;
      await administer(flags, { command: 'recent', selection, limit }, io, (row) => {
        found++;
        if (!flags.json && row.kind === 'recent') io.out(renderRecent(row, Date.now(), widthOf(io)));
      });
      if (found === 0 && !flags.json) io.out('None.\n');
    });
}
