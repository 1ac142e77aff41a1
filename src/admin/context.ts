/** What the commands of an administrator work with: the spool, and the dispatch that works on it at the same time. */
import { setImmediate } from 'node:timers/promises';
import { BelfryError } from '../base/error.ts';
import type { About, Entry, Position } from '../base/request.ts';
import type { Pause } from '../spool/pause.ts';
import { type ConsumerState, type DeadLetter, type Deferral, type Spool, unusableConsumer } from '../spool/spool.ts';

/** How a notifier of a running daemon stands. */
export interface Standing {
  readonly breaker: 'closed' | 'open' | 'probing';
  readonly pausedUntil?: number;
  /** Attempts in progress. */
  readonly inFlight: number;
}

interface KnownNotifier {
  readonly name: string;
  /** Not written in the configuration: there because a request may name its method. */
  readonly builtIn: boolean;
}

export interface AdminContext {
  readonly spool: Spool;
  /** Milliseconds since the epoch. */
  now(): number;
  about(entry: Entry): About;
  /** The lane in which a notifier would get an entry; undefined when it would not. */
  lane(notifier: string, entry: Entry): string | undefined;
  /** Those of the configuration in its order, then the built-in ones. */
  notifiers(): readonly KnownNotifier[];
  /** Empty when no daemon runs. */
  standings(): ReadonlyMap<string, Standing>;
  /** Only in a pause may anything be committed for a notifier. Throws BelfryError BUSY. */
  pause<T>(notifier: string, act: (pause: Pause) => Promise<T>): Promise<T>;
}

/** The consumers of the spool, those of the configuration in its order, the one of unusable requests as the last. */
export async function consumersInOrder(
  tools: Pick<AdminContext, 'spool' | 'notifiers'>,
): Promise<readonly ConsumerState[]> {
  const { consumers } = await tools.spool.state();
  const places = new Map(tools.notifiers().map(({ name }, place) => [name, place]));
  places.set(unusableConsumer, Number.MAX_SAFE_INTEGER);
  const placeOf = ({ name }: ConsumerState): number => places.get(name) ?? places.size;
  return [...consumers].sort((a, b) => placeOf(a) - placeOf(b));
}

export function isBuiltIn(tools: Pick<AdminContext, 'notifiers'>, notifier: string): boolean {
  return tools.notifiers().some(({ name, builtIn }) => builtIn && name === notifier);
}

/** Entries that one step reads, and that one commit changes at the most. */
export const pageLength = 1024;

/** Lets everybody else have a turn: an engine in memory answers without ever giving the event loop back. */
export async function breathe(): Promise<void> {
  await setImmediate();
}

/**
 * Commits what concerns all these items at once; where the spool refuses that, in two halves, and so on: on a full disk a
 * small step may find the room that a large one does not, and what it frees makes room for the next.
 */
export async function commitInParts<T>(
  items: readonly T[],
  commit: (part: readonly T[]) => Promise<void>,
): Promise<void> {
  if (items.length === 0) return;
  try {
    await commit(items);
  } catch (thrown) {
    const isRefused = thrown instanceof BelfryError && thrown.code === 'SPOOL_IO';
    if (!isRefused || items.length === 1) throw thrown;
    const half = items.length >> 1;
    await commitInParts(items.slice(0, half), commit);
    await commitInParts(items.slice(half), commit);
  }
}

/** Pages of what the spool has after a position, as long as there is any. */
type Pages<T> = AsyncGenerator<readonly T[], void, void>;

type WithSpool = Pick<AdminContext, 'spool'>;
const positionOf = ({ position }: { readonly position: Position }): Position => position;
const positionOfLetter = ({ entry }: DeadLetter): Position => entry.position;

export function entries({ spool }: WithSpool, after: Position): Pages<Entry> {
  return pages((from) => spool.read(from, pageLength), positionOf, after);
}

export function deferrals({ spool }: WithSpool, name: string, after: Position = 0): Pages<Deferral> {
  return pages((from) => spool.deferred(name, from, pageLength), positionOf, after);
}

export function letters({ spool }: WithSpool, name: string, after: Position = 0): Pages<DeadLetter> {
  return pages((from) => spool.dead(name, from, pageLength), positionOfLetter, after);
}

async function* pages<T>(
  page: (after: Position) => Promise<readonly T[]>,
  positionOf: (item: T) => Position,
  start: Position,
): Pages<T> {
  for (let after = start; ; ) {
    const items = await page(after);
    const last = items.at(-1);
    if (last === undefined) return;
    yield items;
    after = positionOf(last);
    await breathe();
  }
}

/** Of entries after `after`, up to `to`: what has become of those that do not wait. */
interface Settled {
  /** Deferred or dead. */
  readonly kept: ReadonlySet<Position>;
  /** Finished, beyond the cursor. */
  readonly finished: ReadonlySet<Position>;
}

/** Beyond the cursor, too, some may be deferred, dead or finished, because an earlier one takes long. */
export async function settledBetween(tools: WithSpool, name: string, after: Position, to: Position): Promise<Settled> {
  const collect = async <T>(into: Set<Position>, found: Pages<T>, positionOf: (item: T) => Position): Promise<void> => {
    for await (const page of found) {
      for (const item of page) if (positionOf(item) <= to) into.add(positionOf(item));
      if (page.some((item) => positionOf(item) > to)) break;
    }
  };
  const itself = (position: Position): Position => position;
  const ahead = pages((from) => tools.spool.ahead(name, from, pageLength), itself, after);
  const [kept, finished] = [new Set<Position>(), new Set<Position>()];
  await collect(kept, deferrals(tools, name, after), positionOf);
  await collect(kept, letters(tools, name, after), positionOfLetter);
  await collect(finished, ahead, itself);
  return { kept, finished };
}
