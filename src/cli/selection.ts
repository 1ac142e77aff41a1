/** What the options of a selection mean. Apart from their declaration: the help of all commands needs no schemas. */
import type { QueueSelection } from '../admin/protocol.ts';
import { BelfryError } from '../base/error.ts';
import { beginsWithDay, duration as durationText } from '../option/number-syntax.ts';
import type { SelectionFlags } from './selection-flags.ts';

const anyAge = durationText({ max: 100 * 365 * 86_400_000 });

/** Milliseconds. Throws BelfryError USAGE. */
export function durationOf(flag: string, written: string): number {
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
    ...(older === undefined ? {} : { olderThanMs: durationOf('--older', older) }),
    ...(younger === undefined ? {} : { youngerThanMs: durationOf('--younger', younger) }),
  };
}

/** A time, or how long ago, in milliseconds since the epoch. Throws BelfryError USAGE. */
export function moment(flag: string, written: string, now: number): number {
  if (/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(written)) {
    const at = Date.parse(written.replace(' ', 'T'));
    if (!Number.isNaN(at) && at >= 0 && beginsWithDay(written)) return at;
  }
  const age = anyAge.safeParse(written).data;
  if (age !== undefined) return Math.max(0, now - age);
  const remedy = 'write 2026-11-21T10:00:00Z, without a zone for local time, or how long ago: 90m, 2d';
  throw new BelfryError('USAGE', `${flag}: "${written}" is not a time: ${remedy}`);
}
