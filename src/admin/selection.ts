/** Which entries of the queue or the dead letters a command means. */
import type { About, Entry } from '../base/request.ts';
import type { AttemptRecord } from '../spool/spool.ts';
import type { QueueSelection } from './protocol.ts';

/** Why an entry is where it is: of a dead letter the reason, else that of its last failed attempt. */
export type WhyThere = {
  readonly reason?: string | undefined;
  /** Of a dead letter: when it was given up. */
  readonly at?: number | undefined;
} & {
  readonly attempts: readonly Pick<AttemptRecord, 'reason'>[];
};

/** Compiles a selection. `about` reads a request, so it is only asked where the selection looks inside. */
export function compileQueueSelection(
  selection: QueueSelection,
  about: (entry: Entry) => About,
  now: number,
): (entry: Entry, why: WhyThere) => boolean {
  const { ids, event, user, mailbox, olderThanMs, youngerThanMs, reason, receivedUntilAt } = selection;
  const wanted = ids === undefined ? undefined : new Set(ids.map((id) => id.toUpperCase()));
  const same = (one: string | undefined, found: string): boolean =>
    one === undefined || one.toLowerCase() === found.toLowerCase();
  const looksInside = event !== undefined || user !== undefined || mailbox !== undefined;
  return (entry, why) => {
    if (reason !== undefined && reason !== (why.reason ?? why.attempts.at(-1)?.reason)) return false;
    const ageMs = now - entry.receivedAt;
    if (wanted !== undefined && !wanted.has(entry.id)) return false;
    if (olderThanMs !== undefined && ageMs < olderThanMs) return false;
    if (receivedUntilAt !== undefined && entry.receivedAt > receivedUntilAt) return false;
    if (youngerThanMs !== undefined && ageMs > youngerThanMs) return false;
    if (!looksInside) return true;
    const inside = about(entry);
    return same(event, inside.event || inside.class) && same(user, inside.user) && same(mailbox, inside.mailbox);
  };
}
