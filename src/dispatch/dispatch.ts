/** Runs a consumer for each notifier, all beside each other: none of them waits for another. */
import { messageOf } from '../error.ts';
import { Consumer, type ConsumerParts } from './consumer.ts';
import type { Recipient } from './recipient.ts';

export interface Dispatch {
  /**
   * Starts no further attempt and resolves when those under way have ended and are written down. After `graceMs`
   * they are told to end at once.
   */
  stop(graceMs: number): Promise<void>;
}

/** How long a consumer rests that could not go on, for instance because the spool could not be read. */
const restMs = 1000;
/** How long a notifier may take to end after it was told to. */
const killMs = 2000;

export function startDispatch(recipients: readonly Recipient[], parts: ConsumerParts): Dispatch {
  const stop = new AbortController();
  const kill = new AbortController();
  const running = Promise.all(recipients.map((recipient) => keepRunning(recipient, parts, stop.signal, kill.signal)));
  return {
    async stop(graceMs) {
      stop.abort();
      if (await settlesWithin(running, graceMs)) return;
      kill.abort();
      if (await settlesWithin(running, killMs)) return;
      parts.log.warn('a notifier did not end when it was told to: what it was doing will be done again');
    },
  };
}

async function keepRunning(
  recipient: Recipient,
  parts: ConsumerParts,
  stop: AbortSignal,
  kill: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await new Consumer(recipient, parts).run(stop, kill);
    } catch (thrown) {
      parts.log.error({ notifier: recipient.name, reason: messageOf(thrown) }, 'dispatch stopped, starting it again');
      await settlesWithin(aborted(stop), restMs);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Whether `promise` settles before `ms` have passed. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  const settled = await Promise.race([done, late]);
  clearTimeout(timer);
  return settled;
}
