/** What the commands of an administrator work with: the spool, and whoever else works on it. */
import { setImmediate } from 'node:timers/promises';
import type { Entry, Position } from '../request.ts';
import type { Spool } from '../spool/spool.ts';

/** What a request is about, found by reading it; empty where it does not say. */
export interface About {
  readonly class: string;
  readonly event: string;
  readonly user: string;
  readonly mailbox: string;
}

/** A moment in which a notifier does nothing itself, and all that it has is in the spool. */
export interface Pause {
  /** Entries that are being attempted: they stay as they are. */
  readonly underWay: ReadonlySet<Position>;
  /** Says that the receiver may be back, whatever the circuit breaker thinks. */
  probe(): void;
}

/** How a notifier of a running daemon stands. */
interface Standing {
  readonly breaker: 'closed' | 'open' | 'probing';
  readonly pausedUntil?: number;
  readonly inFlight: number;
}

export interface AdminTools {
  readonly spool: Spool;
  /** Milliseconds since the epoch. */
  now(): number;
  about(entry: Entry): About;
  /** The lane in which a notifier would be told of an entry; undefined when it would not. */
  lane(notifier: string, entry: Entry): string | undefined;
  /** Empty when no daemon runs. */
  standings(): ReadonlyMap<string, Standing>;
  /** Whether an entry behind the cursor is finished all the same. */
  isFinished(notifier: string, position: Position): boolean;
  /** Only in a pause may anything be committed for a notifier. Throws BelfryError BUSY. */
  pause<T>(notifier: string, act: (pause: Pause) => Promise<T>): Promise<T>;
}

/** Entries that one step reads, and that one commit changes at the most. */
export const pageLength = 1024;

/** Lets everybody else have a turn: an engine in memory answers without ever giving the event loop back. */
export async function breathe(): Promise<void> {
  await setImmediate();
}

/** Reads `page` after page until one is empty; `after` is the position behind which it begins. */
export async function* pages<T>(
  page: (after: Position) => Promise<readonly T[]>,
  positionOf: (item: T) => Position,
  start: Position = 0,
): AsyncGenerator<readonly T[], void, void> {
  for (let after = start; ; ) {
    const items = await page(after);
    const last = items.at(-1);
    if (last === undefined) return;
    yield items;
    after = positionOf(last);
    await breathe();
  }
}

/** Positions behind `after`, up to `to`, that are deferred or dead already: beyond the cursor there may be some. */
export async function keptBetween(
  { spool }: Pick<AdminTools, 'spool'>,
  name: string,
  after: Position,
  to: Position,
): Promise<ReadonlySet<Position>> {
  const kept = new Set<Position>();
  const deferrals = pages(
    (from) => spool.deferred(name, from, pageLength),
    ({ position }) => position,
    after,
  );
  for await (const page of deferrals) {
    for (const { position } of page) if (position <= to) kept.add(position);
    if ((page.at(-1)?.position ?? 0) > to) break;
  }
  const letters = pages(
    (from) => spool.dead(name, from, pageLength),
    ({ entry }) => entry.position,
    after,
  );
  for await (const page of letters) {
    for (const { entry } of page) if (entry.position <= to) kept.add(entry.position);
    if ((page.at(-1)?.entry.position ?? 0) > to) break;
  }
  return kept;
}
