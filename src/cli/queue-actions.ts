/** The subcommands that `belfry queue` and `belfry dead` share: list, show, retry, drop. */
import type { Command } from 'commander';
import type { RequestOf } from '../admin/protocol.ts';
import { BelfryError } from '../base/error.ts';
import { type AdminFlags, administer, jsonFlag, report } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import { type CommandIo, widthOf } from './io.ts';
import { renderEntry, renderItem } from './render-entry.ts';
import { addSelection, type SelectionFlags } from './selection-flags.ts';
import { count } from './table.ts';

interface Texts {
  readonly list: string;
  readonly retry: string;
  readonly drop: string;
}

export function addActions(parent: Command, from: 'queue' | 'dead', texts: Texts, io: CommandIo): void {
  const common = (command: Command): Command => command.option(...configurationFlag).option(...jsonFlag);
  const selecting = (name: string, description: string): Command =>
    common(addSelection(parent.command(name).description(description)));

  const chosen = async (ids: string[], command: Command) => {
    const flags = command.optsWithGlobals<SelectionFlags>();
    const { selectionOf } = await import('./selection.ts');
    return { flags, wanted: { from, notifier: flags.notifier, selection: selectionOf(ids, flags) } };
  };

  selecting('list', texts.list).action(async (ids: string[], _: unknown, command: Command) => {
    const { flags, wanted } = await chosen(ids, command);
    const now = Date.now();
    let found = 0;
    await administer(flags, { command: 'list', ...wanted }, io, (row) => {
      found++;
      if (!flags.json && (row.kind === 'waiting' || row.kind === 'deferred' || row.kind === 'dead')) {
        io.out(renderItem(row, now, widthOf(io)));
      }
    });
    if (found === 0 && !flags.json) io.out('None.\n');
  });

  common(
    parent
      .command('show')
      .description(
        'Shows one request, and for each notifier: every attempt, the time of delivery with the answer of the receiver, or the reason why it was filtered or dropped.',
      ),
  )
    .argument('<id>', 'an id from the list')
    .action(async (id: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<AdminFlags>();
      await administer(flags, { command: 'show', id }, io, (row) => {
        if (!flags.json && row.kind === 'entry') io.out(renderEntry(row, Date.now(), widthOf(io)));
      });
    });

  selecting('retry', texts.retry).action(async (ids: string[], _: unknown, command: Command) => {
    const { flags, wanted } = await chosen(ids, command);
    report(flags, await administer(flags, { command: 'retry', ...wanted }, io), 'will be retried now', io);
  });

  selecting('drop', texts.drop)
    .option('--all', 'drop all; required without other arguments')
    .action(async (ids: string[], _: unknown, command: Command) => {
      const { flags, wanted } = await chosen(ids, command);
      if (Object.keys(wanted.selection).length === 0 && flags.notifier === undefined && !flags.all) {
        throw new BelfryError(
          'USAGE',
          'drop: name what to drop: ids, --notifier, --event, --user, --mailbox, --older, or --all',
        );
      }
      const { ids: named } = wanted.selection;
      const counted = named === undefined ? await announced(flags, wanted, io) : {};
      const { selection, ...more } = { ...wanted, ...counted };
      report(flags, await administer(flags, { command: 'drop', selection, ...more }, io), 'dropped', io);
    });
}

/** Says how many it is about, and answers with what makes the drop mean no more than these. */
async function announced(
  flags: SelectionFlags,
  wanted: Omit<RequestOf<'count'>, 'command'>,
  io: CommandIo,
): Promise<Pick<RequestOf<'drop'>, 'selection' | 'expect'>> {
  const { json: _, ...others } = flags;
  // What is wrong with the configuration is said by the drop itself.
  const quiet = { ...io, err: () => {} };
  const { matching = 0, at = 0 } = await administer(others, { command: 'count', ...wanted }, quiet);
  io.err(`belfry: dropping ${count(matching, 'notification')}\n`);
  return { expect: matching, selection: { ...wanted.selection, receivedUntilAt: at } };
}
