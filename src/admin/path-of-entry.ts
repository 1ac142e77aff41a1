/** The path of one entry: how it stands with every notifier, or how it ended there. */
import type { Entry, Position } from '../base/request.ts';
import { holdOf } from '../spool/held-lane.ts';
import { type ConsumerState, type DeadLetter, type Deferral, unusableConsumer } from '../spool/spool.ts';
import { type AdminContext, consumersInOrder, isBuiltIn } from './context.ts';
import type { EntryRow, EntrySubject } from './protocol.ts';

type Standing = EntryRow['notifiers'][number];

export interface EntryPath {
  /** Undefined when nobody keeps it. */
  readonly entry: Entry | undefined;
  readonly notifiers: Standing[];
}

export function ofDeferral({ lane, attempts, dueAt, coalesced }: Deferral) {
  const hold = holdOf(lane);
  return {
    attempts: [...attempts],
    dueAt,
    ...(hold === undefined || attempts.length > 0 ? {} : { heldBy: hold.kind }),
    ...(coalesced === undefined ? {} : { standsFor: coalesced.count }),
  };
}
export const ofLetter = ({ attempts, reason, at }: DeadLetter) => ({ attempts: [...attempts], reason, diedAt: at });

/** What a row says of the entry itself. */
export function subjectOf({ about }: Pick<AdminContext, 'about'>, entry: Entry): EntrySubject {
  const { id, receivedAt, request } = entry;
  return { id, receivedAt, size: request.bytes.byteLength, ...about(entry) };
}

/**
 * In the order of the configuration. Left out is what has nothing to do with the entry: built-in notifiers that it is not
 * for, the consumer of unusable requests when it is none, and the notifiers when it is one. `consumers`: as `consumersInOrder` has
 * answered a moment ago, for many entries at once.
 */
export async function pathOf(
  tools: AdminContext,
  position: Position,
  consumers?: readonly ConsumerState[],
): Promise<EntryPath> {
  const { spool } = tools;
  let entry = await spool.get(position);
  const all = consumers ?? (await consumersInOrder(tools));
  const kept = new Map<string, Standing>();
  for (const { name: notifier, dead, deferred } of all) {
    const [letter] = dead === 0 ? [] : await spool.dead(notifier, position - 1, 1);
    const [deferral] = deferred === 0 ? [] : await spool.deferred(notifier, position - 1, 1);
    if (letter?.entry.position === position) {
      entry ??= letter.entry;
      kept.set(notifier, { notifier, state: 'dead', ...ofLetter(letter) });
    } else if (deferral?.position === position) {
      kept.set(notifier, { notifier, state: 'deferred', ...ofDeferral(deferral) });
    }
  }
  const notifiers: Standing[] = [];
  for (const consumer of entry === undefined ? [] : all) {
    const standing = kept.get(consumer.name) ?? (entry && (await standingOf(tools, consumer, entry)));
    if (standing !== undefined && !isBesideThePoint(tools, standing)) notifiers.push(standing);
  }
  const isUnusable = notifiers.at(-1)?.notifier === unusableConsumer;
  return { entry, notifiers: isUnusable ? notifiers.filter(({ state }) => state !== 'finished') : notifiers };
}

/** Of an entry that is neither deferred nor dead there. */
async function standingOf(tools: AdminContext, { name, cursor }: ConsumerState, entry: Entry): Promise<Standing> {
  const { spool, lane } = tools;
  const { position } = entry;
  const base = { notifier: name, attempts: [] };
  const [ahead] = position > cursor ? await spool.ahead(name, position - 1, 1) : [];
  if (position > cursor && ahead !== position && lane(name, entry) !== undefined) return { ...base, state: 'waiting' };
  const recorded = (await spool.outcomes(name, [position])).get(position);
  if (recorded === undefined) return { ...base, state: 'finished' };
  const { state, ...outcome } = recorded;
  return { ...base, state, outcome };
}

function isBesideThePoint(tools: AdminContext, { notifier, state, outcome }: Standing): boolean {
  if (notifier === unusableConsumer) return state === 'finished';
  return isBuiltIn(tools, notifier) && (state === 'finished' || outcome?.option === 'method');
}
