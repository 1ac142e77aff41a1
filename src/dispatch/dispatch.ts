/** Runs a consumer for each notifier, all beside each other: none of them waits for another. */
import { setMaxListeners } from 'node:events';
import { BelfryError, messageOf } from '../error.ts';
import type { Position } from '../request.ts';
import { Consumer } from './consumer.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import type { Recipient } from './recipient.ts';
import type { Pause } from './visits.ts';

export interface Dispatch {
  /**
   * Starts no further attempt and resolves when those under way have ended and are written down. After `graceMs`
   * they are told to end at once.
   */
  stop(graceMs: number): Promise<void>;
  /** How each notifier stands at this moment, by name. */
  states(): ReadonlyMap<string, NotifierState>;
  /** Whether a notifier has nothing more to do about an entry, but what the spool says; see `Consumer.isFinished`. */
  isFinished(notifier: string, position: Position): boolean;
  /**
   * Does something while a notifier stands still: between two of its steps, when all that it has is in the spool. Only
   * then may others commit for it; it takes over what they have changed. Attempts that are under way go on. To be brief:
   * the notifier waits. Throws what `act` throws; BelfryError BUSY when the notifier is being stopped.
   */
  pause<T>(notifier: string, act: (pause: Pause) => Promise<T>): Promise<T>;
}

/** How long a consumer rests that could not go on, for instance because the spool could not be read. */
const restMs = 1000;
/** How long a notifier may take to end after it was told to. */
const killMs = 2000;

export function startDispatch(recipients: readonly Recipient[], parts: ConsumerParts): Dispatch {
  const stop = new AbortController();
  const kill = new AbortController();
  // Every attempt that is under way listens to it, of all notifiers together.
  setMaxListeners(0, stop.signal, kill.signal);
  const consumers = new Map<string, Consumer>();
  const running = Promise.all(
    recipients.map((recipient) => keepRunning(recipient, parts, consumers, stop.signal, kill.signal)),
  );
  return {
    states: () => new Map([...consumers].map(([name, consumer]) => [name, consumer.state()])),
    isFinished: (notifier, position) => consumers.get(notifier)?.isFinished(position) ?? false,
    async pause(notifier, act) {
      const consumer = consumers.get(notifier);
      if (consumer !== undefined) return consumer.visits.ask(act);
      throw new BelfryError('BUSY', `the notifier ${notifier} is not running at the moment: try again`);
    },
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
  consumers: Map<string, Consumer>,
  stop: AbortSignal,
  kill: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const consumer = new Consumer(recipient, parts);
    consumers.set(recipient.name, consumer);
    try {
      await consumer.run(stop, kill);
    } catch (thrown) {
      parts.log.error({ notifier: recipient.name, reason: messageOf(thrown) }, 'dispatch stopped, starting it again');
      consumer.visits.close();
      await settlesWithin(aborted(stop), restMs);
    } finally {
      consumer.visits.close();
      consumers.delete(recipient.name);
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
