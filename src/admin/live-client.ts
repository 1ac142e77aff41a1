/** One who watches the events as they come: what it wants to see, and what waits for it. */
import type { Entry } from '../base/request.ts';
import type { QueueSelection, RecentRow } from './protocol.ts';

export type LiveMessage =
  /** `isUpdate`: it was sent before, and something has become of it. */
  { readonly row: RecentRow; readonly isUpdate: boolean } | { readonly skipped: number } | { readonly alive: true };

/** What a client wants to see; absent: everything. */
export interface LiveFilter extends Pick<QueueSelection, 'event' | 'user' | 'mailbox'> {
  /** Only what this notifier does not filter. */
  readonly notifier?: string | undefined;
}

export interface Client {
  readonly wants: (entry: Entry) => boolean;
  readonly notifier: string | undefined;
  readonly queue: LiveMessage[];
  skipped: number;
  wake(): void;
}

/** Whether something came before so long had passed. */
export async function woken(client: Client, ms: number, signal: AbortSignal): Promise<boolean> {
  if (client.queue.length > 0 || client.skipped > 0 || signal.aborted) return true;
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
