/** `belfry queue`: what is to be delivered yet, and the proof that nothing is lost. */
import type { Command } from 'commander';
import type { AuditRow, NotifierRow } from '../admin/protocol.ts';
import { exitStatus } from '../base/error.ts';
import { type AdminFlags, administer, jsonFlag } from './administer.ts';
import { configurationFlag } from './configuration-file.ts';
import { type CommandIo, widthOf } from './io.ts';
import { addActions } from './queue-actions.ts';
import { addsUp, renderAudit, renderStatus } from './render-queue.ts';

interface QueueFlags extends AdminFlags {
  readonly audit?: true;
}

export function addQueue(program: Command, io: CommandIo): void {
  const queue = program
    .command('queue')
    .summary('what is to be delivered yet: show, list, try again, drop, audit')
    .description(
      'Shows for each notifier what waits, what is deferred after a failure, what is dead, and how the last ' +
        'attempt went: ok, failing with its reason, paused, or not tried yet. Built-in notifiers are left out while they ' +
        'have nothing. Asks the running daemon through its control socket, as root or as its user. The dead of set-aside are the ' +
        'requests that could not be used.',
    )
    .option('--audit', 'count everything in the log and say whether it adds up; each notifier pauses meanwhile')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action((flags: QueueFlags) => (flags.audit ? audit(flags, io) : status(flags, io)));
  addActions(
    queue,
    'queue',
    {
      list: 'Lists what waits and what is deferred, with the reason of the last failure.',
      retry:
        'Makes deferred ones due now, and a receiver that is taken to be away is tried at once. One that stands behind ' +
        'another of its mailbox still waits for that.',
      drop:
        'Drops what waits and what is deferred. It is counted as dropped and gone for good. What is being attempted at ' +
        'this moment is left alone.',
    },
    io,
  );
}

async function status(flags: QueueFlags, io: CommandIo): Promise<void> {
  const rows: NotifierRow[] = [];
  await administer(flags, { command: 'status' }, io, (row) => {
    if (row.kind === 'notifier') rows.push(row);
  });
  if (!flags.json) io.out(renderStatus(rows, Date.now(), widthOf(io)));
}

/** Ends with 0 when it adds up for all, else with 65. */
async function audit(flags: QueueFlags, io: CommandIo): Promise<void> {
  const rows: AuditRow[] = [];
  await administer(flags, { command: 'audit' }, io, (row) => {
    if (row.kind === 'audit') rows.push(row);
  });
  if (!flags.json) io.out(renderAudit(rows, widthOf(io)));
  io.exit(rows.every(addsUp) ? exitStatus.ok : exitStatus.data);
}
