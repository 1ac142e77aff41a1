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
    .summary('dead letters: list, show, retry, drop')
    .description(
      'Shows for each notifier the number of dead letters: notifications that the receiver rejected, or that still failed after ' +
        'retry_for. The dead letters of "unusable" are requests that belfry could not parse or validate, with their bytes.',
    )
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action((flags: AdminFlags) => summary(flags, io));
  addActions(
    dead,
    'dead',
    {
      list: 'Lists dead letters with their reasons.',
      retry:
        'Retries dead letters as if they were new, for example after the receiver was repaired. Without arguments it retries ' +
        'all. Their ids stay the same.',
      drop: 'Deletes dead letters for good. They count as dropped.',
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
