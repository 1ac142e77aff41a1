/**
 * The consumer that keeps what cannot be passed on: requests whose frame, event or method is wrong. To dispatch it is a
 * notifier like any other, so what it sets aside is a dead letter like any other, with its bytes and the reason.
 */
import type { Flaw } from '../examine/examine.ts';
import type { Route } from '../examine/route.ts';
import type { Delivery, Notifier, Outcome } from '../notifier/notifier.ts';
import type { Entry, Position } from '../request.ts';
import type { Recipient } from './recipient.ts';

/** Name of its cursor. No notifier can be called so. */
export const setAsideName = 'set-aside';

const neverOpens = { failures: 0, pauseMs: 0, longestPauseMs: 0 };

const sound: Route = { kind: 'filtered', reason: { option: 'sound', detail: 'nothing is wrong with it' } };

/** `onSound` is told of each entry that nothing is wrong with, once and in the order of the log. */
export function setAsideRecipient(
  flawOf: (entry: Entry) => Flaw | undefined,
  onSound: (entry: Entry) => void,
): Recipient {
  let told: Position = 0;
  return {
    name: setAsideName,
    notifier: refuser,
    policy: { concurrency: 1, retryScheduleMs: [], retryForMs: 0, breaker: neverOpens },
    route(entry) {
      const flaw = flawOf(entry);
      if (flaw === undefined) {
        // What was read and not yet committed is read again after a failure.
        if (entry.position > told) onSound(entry);
        told = Math.max(told, entry.position);
        return sound;
      }
      return { kind: 'deliver', notification: aboutFlaw(entry, flaw), lane: `#${entry.position}` };
    },
  };
}

const nothing = { class: '', method: '', priority: '', user: '', mailbox: '', options: [], payload: {} };

function aboutFlaw({ id, receivedAt }: Entry, { stage, message, byte }: Flaw): Delivery['notification'] {
  const place = byte === undefined ? stage : `${stage}, byte ${byte}`;
  return { ...nothing, id, receivedAt, message: `${place}: ${message}` };
}

const refuser: Notifier = {
  maxBatch: 64,
  longestMs: 0,
  notify: async (deliveries) =>
    deliveries.map(({ notification }): Outcome => ({ status: 'rejected', reason: notification.message })),
  async close() {},
};
