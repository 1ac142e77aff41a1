/** The options that say which entries a command means, the same for all of them. */
import type { Command } from 'commander';
import type { QueueSelection } from '../admin/protocol.ts';
import { BelfryError } from '../base/error.ts';
import { duration as durationText } from '../option/number-syntax.ts';
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

const anyAge = durationText({ max: 100 * 365 * 86_400_000 });

/** Throws BelfryError USAGE. */
function duration(flag: string, written: string): number {
  const { data, error } = anyAge.safeParse(written);
  if (data !== undefined) return data;
  throw new BelfryError('USAGE', `${flag}: ${error?.issues[0]?.message}`);
}

export function selectionOf(
  ids: readonly string[],
  { event, user, mailbox, older, younger }: SelectionFlags,
): QueueSelection {
  return {
    ...(ids.length === 0 ? {} : { ids: [...ids] }),
    ...(event === undefined ? {} : { event }),
    ...(user === undefined ? {} : { user }),
    ...(mailbox === undefined ? {} : { mailbox }),
    ...(older === undefined ? {} : { olderThanMs: duration('--older', older) }),
    ...(younger === undefined ? {} : { youngerThanMs: duration('--younger', younger) }),
  };
}

/** A time, or how long ago, in milliseconds since the epoch. Throws BelfryError USAGE. */
export function moment(flag: string, written: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(written)) {
    const at = Date.parse(written.replace(' ', 'T'));
    if (!Number.isNaN(at) && at >= 0) return at;
  }
  const age = anyAge.safeParse(written).data;
  if (age !== undefined) return Math.max(0, now - age);
  const remedy = 'write 2026-11-21T10:00:00Z, without a zone for local time, or how long ago: 90m, 2d';
  throw new BelfryError('USAGE', `${flag}: "${written}" is not a time: ${remedy}`);
}
