/** The stream of live events (Server-Sent Events). The browser reconnects and says after which event to go on. */
import type { EventRow } from './types.ts';

export interface LiveListener {
  /** A new event, or one of which something has become. */
  entry(row: EventRow): void;
  /** So many events were left out, because more came than the page can show. */
  skipped(count: number): void;
  isOpen(open: boolean): void;
}

/** After the server has refused the stream, the browser does not try again by itself. */
const reopenMs = 5000;

/** Answers what ends it. */
export function watchLive(listener: LiveListener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    const opened = new EventSource('/api/events/live');
    source = opened;
    opened.addEventListener('open', () => listener.isOpen(true));
    opened.addEventListener('entry', ({ data }) => listener.entry(JSON.parse(data)));
    opened.addEventListener('skipped', ({ data }) => {
      const { count }: { count: number } = JSON.parse(data);
      listener.skipped(count);
    });
    opened.addEventListener('error', () => {
      listener.isOpen(false);
      if (opened.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(open, reopenMs);
    });
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
