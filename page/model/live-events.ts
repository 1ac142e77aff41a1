/** The events that the page has: the newest, and what has become of them since. */
import type { EventRow } from '../api/types.ts';
import { merged } from './search.ts';

/** Kept in the page. */
const mostRows = 300;

export interface LiveEvents {
  readonly rows: readonly EventRow[];
  /** Left out by the server, because more came than a page can show. */
  readonly skipped: number;
}

export const noEvents: LiveEvents = { rows: [], skipped: 0 };

/** Several at a time: under load they are collected between two pictures. What is already there changes in its place. */
export function withEvents(events: LiveEvents, arrived: readonly EventRow[]): LiveEvents {
  // The last that was said of an event counts, and it counts more than what is there.
  return { ...events, rows: merged([arrived.toReversed(), events.rows], mostRows) };
}
