/** A notifier of mails about many events each: dispatch holds them back until their interval ends. */
import type { Delivery, Extend, Notification, Notifier, Outcome } from '../notifier.ts';
import { type DigestPart, draftDigest, endOfInterval, idOfDigest, mostEvents } from './digest.ts';
import { type Draft, type Drafted, outcomeWithout } from './draft.ts';

export interface DigestMails {
  /** The mail that an event would be by itself. */
  draft(notification: Notification): Drafted;
  send(draft: Draft, id: string, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  /** What is in no digest. */
  sendOne(delivery: Delivery, signal: AbortSignal, extend?: Extend): Promise<Outcome>;
  isSingle(notification: Notification): boolean;
  close(): Promise<void>;
}

interface Group {
  readonly parts: [DigestPart, ...DigestPart[]];
  readonly indices: number[];
}

/** A call is one mail for all events in it that have the same recipients. */
export function digestNotifier(intervalMs: number, mails: DigestMails): Notifier {
  async function notify(
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    extend: Extend | undefined,
  ): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    const steps = new Map<string, () => Promise<void>>();
    const groups = new Map<string, Group>();
    for (const [index, delivery] of deliveries.entries()) {
      const { notification } = delivery;
      if (mails.isSingle(notification)) {
        steps.set(`${index}`, async () => {
          outcomes[index] = await mails.sendOne(delivery, signal, extend);
        });
        continue;
      }
      const drafted = mails.draft(notification);
      if (!('value' in drafted)) {
        outcomes[index] = outcomeWithout(drafted);
        continue;
      }
      const part = { notification, draft: drafted.value };
      const key = JSON.stringify(drafted.value.to);
      const group = groups.get(key);
      if (group === undefined) {
        const begun: Group = { parts: [part], indices: [index] };
        groups.set(key, begun);
        steps.set(key, async () => {
          const outcome = await mails.send(draftDigest(begun.parts), idOfDigest(begun.parts), signal, extend);
          for (const one of begun.indices) outcomes[one] = outcome;
        });
      } else {
        group.parts.push(part);
        group.indices.push(index);
      }
    }
    // One after the other, and none after one that is to be tried again: so the order of a lane is kept.
    for (const step of steps.values()) {
      await step();
      const failed = outcomes.find((outcome) => outcome?.status === 'retry');
      if (failed !== undefined) return deliveries.map((_, index) => outcomes[index] ?? failed);
    }
    return outcomes;
  }
  return {
    maxBatch: mostEvents,
    digest: { endAfter: (key, receivedAt) => endOfInterval(intervalMs, key, receivedAt) },
    notify,
    close: mails.close,
  };
}
