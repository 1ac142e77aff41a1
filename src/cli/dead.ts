/** `belfry dead`: what was given up, with every attempt and its reason. */
import type { Command } from 'commander';
import type { NotifierRow } from '../admin/protocol.ts';
import { type AdminFlags, administer, jsonFlag } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import type { CommandIo } from './io.ts';
import { addActions } from './queue-actions.ts';
import { isWorthShowing } from './render-queue.ts';
import { table } from './table.ts';

export function addDead(program: Command, io: CommandIo): void {
  const dead = program
    .command('dead')
    .summary('what was given up: list with reasons, try again, drop')
    .description(
      'Shows for each notifier how many dead letters it has: what was refused for good, or failed until retry_for was ' +
        'over. Those of set-aside are the requests that could not be used, with their bytes.',
    )
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action((flags: AdminFlags) => summary(flags, io));
  addActions(
    dead,
    'dead',
    {
      list: 'Lists dead letters, with why each was given up.',
      retry:
        'Tries dead letters again from now on, as if they were new: after the receiver is mended, without any option for ' +
        'all of them. Their ids stay the same.',
      drop: 'Drops dead letters. They are counted as dropped and gone for good.',
    },
    io,
  );
}

async function summary(flags: AdminFlags, io: CommandIo): Promise<void> {
  const rows: NotifierRow[] = [];
  await administer({ ...flags }, { command: 'status' }, io, (row) => {
    if (row.kind === 'notifier') rows.push(row);
  });
  if (flags.json) return;
  const columns = [{ title: 'NOTIFIER' }, { title: 'DEAD', right: true }, { title: 'DROPPED', right: true }] as const;
  io.out(
    table(
      columns,
      rows.filter(isWorthShowing).map(({ notifier, dead, dropped }) => [notifier, String(dead), String(dropped)]),
    ),
  );
}
