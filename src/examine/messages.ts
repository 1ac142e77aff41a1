/** The messages that an event is about, so that what is said of them later can be recognised. */
import type { Entry } from '../base/request.ts';
import { uidsetOf, urlOf } from '../decode/uids-of-event.ts';
import { parseUidset, type UidRange } from '../decode/uidset.ts';
import type { Examined } from './examine.ts';
import { laneOf } from './lane-of.ts';

export interface Messages {
  /** Type of the event. */
  readonly event: string;
  /** Stands for their mailbox. */
  readonly mailbox: string;
  readonly uidvalidity?: number;
  /** In rising order. */
  readonly uids: readonly UidRange[];
}

/** Undefined when it is no event, or names no message whose UID is known. */
export function messagesOf(entry: Entry, examined: Examined): Messages | undefined {
  const { event, mailbox } = examined;
  if (event === undefined || mailbox === undefined) return undefined;
  const url = urlOf(event);
  const written = uidsetOf(event, url);
  const set = written === undefined ? undefined : parseUidset(written);
  if (set === undefined || !set.ok || set.value.open) return undefined;
  const messages = { event: event.event, mailbox: laneOf(entry, examined, 'mailbox'), uids: set.value.ranges };
  return url?.uidvalidity === undefined ? messages : { ...messages, uidvalidity: url.uidvalidity };
}
