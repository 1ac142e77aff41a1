/** `belfry queue`: what still has to be delivered, and the proof that nothing is lost. */
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
    .summary('undelivered notifications: show, list, retry, drop, resume, audit')
    .description(
      'Shows for each notifier the number of waiting, deferred and dead notifications, and the result of the last ' +
        'attempt: ok, failing with the reason, paused, or not tried yet. Omits built-in notifiers that ' +
        'have none. Asks the running daemon through its control socket; run it as root or as the user of the daemon. The dead letters of "unusable" are ' +
        'requests that belfry could not parse or validate.',
    )
    .option(
      '--audit',
      'count everything in the spool and show whether the numbers add up; each notifier pauses during the count',
    )
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action((flags: QueueFlags) => (flags.audit ? audit(flags, io) : status(flags, io)));
  addActions(
    queue,
    'queue',
    {
      list: 'Lists waiting and deferred notifications, with the reason of the last failure.',
      retry:
        'Retries deferred notifications now and probes a receiver whose circuit breaker is open. A notification queued after ' +
        'an earlier one for the same mailbox still waits its turn.',
      drop:
        'Deletes waiting and deferred notifications for good. They count as dropped. It does not change attempts ' +
        'in progress.',
    },
    io,
  );
  addPause(queue, io);
  addResume(queue, io);
}

function addPause(queue: Command, io: CommandIo): void {
  queue
    .command('pause')
    .description(
      'Pauses a notifier: attempts in progress finish, no further one is made, and its queue grows. The pause outlives a reload and a ' +
        'restart, until its time is over or `belfry queue resume` ends it.',
    )
    .argument('<notifier>', 'the name of the notifier')
    .option('--for <duration>', 'how long, as 30m or 2h (default: until it is resumed)')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (notifier: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<AdminFlags & { readonly for?: string }>();
      const { durationOf } = await import('./selection.ts');
      const forMs = flags.for === undefined ? {} : { forMs: durationOf('--for', flags.for) };
      await administer(flags, { command: 'pause', notifier, ...forMs }, io);
      if (!flags.json)
        io.out(`${notifier} is paused${flags.for === undefined ? '; belfry queue resume ends that' : ''}.\n`);
    });
}

function addResume(queue: Command, io: CommandIo): void {
  queue
    .command('resume')
    .description(
      'Ends the pause of a notifier: that of an administrator, the one that its receiver asked for (Retry-After, or 410, which has no end of its own), ' +
        'and that of its circuit breaker. A reload also ends the pause after a 410.',
    )
    .argument('<notifier>', 'the name of the notifier')
    .option(...configurationFlag)
    .option(...jsonFlag)
    .action(async (notifier: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<AdminFlags>();
      await administer(flags, { command: 'resume', notifier }, io);
      if (!flags.json) io.out(`${notifier} goes on.\n`);
    });
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
