/** What most methods send of a notification. */
import { writeJson } from '../base/event.ts';
import type { Notification } from './notifier.ts';

/** The payload as JSON: of an event the message, which is that already and as the sender wrote it where no filter changed it. */
export function payloadText({ event, message, payload }: Notification): string {
  return event === undefined ? writeJson(payload) : message;
}
