/** Makes a notification stand for earlier ones. */
import type { Coalesced } from '../base/coalesced.ts';
import type { Notification } from './notifier.ts';

/** The same notification, which stands for earlier ones. */
export function standingFor(notification: Notification, coalesced: Coalesced): Notification {
  // Of an event these are getters of its class.
  const { message, printable } = notification;
  return { ...notification, message, ...(printable === undefined ? {} : { printable }), coalesced };
}
