/** The options that say which entries a command means, the same for all of them. */
import type { Command } from 'commander';
import type { AdminFlags } from './administer.ts';

export interface SelectionFlags extends AdminFlags {
  readonly notifier?: string;
  readonly event?: string;
  readonly user?: string;
  readonly mailbox?: string;
  readonly older?: string;
  readonly younger?: string;
  readonly all?: true;
}

export function addSelection(command: Command): Command {
  return command
    .argument('[id...]', 'ids from the list; without ids: all that the options select')
    .option('-n, --notifier <name>', 'of this notifier')
    .option('-e, --event <type>', 'events of this type, like MessageNew, or requests of this class')
    .option('-u, --user <name>', 'of this user')
    .option('-m, --mailbox <name>', 'of this mailbox, like INBOX/Work')
    .option('--older <age>', 'received at least this long ago, like 30m or 2d')
    .option('--younger <age>', 'received at most this long ago');
}
