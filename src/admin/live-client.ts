/** One who watches the events as they come: what it wants to see, and what waits for it. */
import type { Entry, Position } from '../base/request.ts';
import type { QueueSelection, RecentRow } from './protocol.ts';

export type LiveMessage =
  /** `isUpdate`: it was sent before, and something has become of it. */
  | { readonly row: RecentRow; readonly isUpdate: boolean }
  /** How many events were left out here. */
  | { readonly skipped: number }
  /** The id of the last event before those that follow, with which a client that is cut off goes on. */
  | { readonly begins: string }
  | { readonly alive: true };

/** What a client wants to see; absent: everything. */
export interface LiveFilter extends Pick<QueueSelection, 'event' | 'user' | 'mailbox'> {
  /** Only what this notifier does not filter. */
  readonly notifier?: string | undefined;
}

/** A message that waits, with the place of its entry. */
type Queued =
  | { readonly row: RecentRow; readonly isUpdate: boolean; readonly position: Position }
  | { readonly skipped: number };

export interface Client {
  readonly wants: (entry: Entry) => boolean;
  readonly notifier: string | undefined;
  readonly queue: Queued[];
  /** Up to here it has had everything: what is queued of that was sent already. */
  from: Position;
  /** Gets no more, and is to ask again. */
  isEnded: boolean;
  wake(): void;
}

export const liveLimits = {
  clients: 100,
  /** Between two looks. */
  tickMs: 250,
  /** Entries that one look examines, and rows that it sends to a client. */
  examined: 2000,
  sent: 25,
  /** Rows that wait for a client that reads slowly. */
  queued: 1000,
  /** Entries that are looked at again until they are finished. */
  watched: 300,
  /** How far back a client may begin. */
  back: 1000,
  aliveMs: 15_000,
};

/** Says at this place of the stream that so many were left out. */
export function skip({ queue }: Client, count: number): void {
  const last = queue.at(-1);
  if (count <= 0) return;
  if (last !== undefined && 'skipped' in last) queue[queue.length - 1] = { skipped: last.skipped + count };
  else queue.push({ skipped: count });
}

/** Whether something came before so long had passed. */
export async function woken(client: Client, ms: number, signal: AbortSignal): Promise<boolean> {
  if (client.queue.length > 0 || client.isEnded || signal.aborted) return true;
  return new Promise((resolve) => {
    const end = (came: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.wake = () => {};
      resolve(came);
    };
    const onAbort = (): void => end(true);
    const timer = setTimeout(() => end(false), ms);
    signal.addEventListener('abort', onAbort, { once: true });
    client.wake = () => end(true);
  });
}

/** Whether what has become of an entry concerns the client. */
export function isFor({ notifier }: Client, { notifiers }: RecentRow): boolean {
  if (notifier === undefined) return true;
  return notifiers.some((one) => one.notifier === notifier && one.state !== 'filtered');
}

/** Differs when something has become of it. */
export const fingerprint = ({ notifiers }: RecentRow): string =>
  notifiers.map(({ state, attempts }) => `${state}${attempts.length}`).join(' ');
