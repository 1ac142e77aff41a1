/** Runs a consumer for each notifier, all beside each other: none of them waits for another. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BelfryError, messageOf } from '../base/error.ts';
import { settlesWithin } from '../base/settles-within.ts';
import type { Pause } from '../spool/pause.ts';
import { Reading } from '../spool/reading.ts';
import { Consumer } from './consumer.ts';
import type { ConsumerParts, NotifierState } from './consumer-parts.ts';
import { ReadAhead } from './read-ahead.ts';
import type { Recipient } from './recipient.ts';
import { SteadyClock } from './steady-clock.ts';
import { Suspicion, suspicions } from './suspicion.ts';
import { unbreakableLog, unbreakableObserver } from './unbreakable.ts';

export interface Dispatch {
  /**
   * Starts no further attempt and resolves when those under way have ended and are written down. After `graceMs`
   * they are asked to end at once.
   */
  stop(graceMs: number): Promise<void>;
  /** How each notifier stands at this moment, by name. */
  states(): ReadonlyMap<string, NotifierState>;
  /** For each notifier a promise that resolves when its loop has come round once more; see `Heartbeat`. */
  heartbeats(): ReadonlyMap<string, Promise<void>>;
  /**
   * Does something while a notifier stands still: between two of its steps, when all that it has is in the spool. Only
   * then may others commit for it; it takes over what they have changed. Attempts that are under way go on. To be brief:
   * the notifier waits. Throws what `act` throws; BelfryError BUSY when the notifier is being stopped.
   */
  pause<T>(notifier: string, act: (pause: Pause) => Promise<T>): Promise<T>;
}

/** How long a consumer rests that could not go on, for instance because the spool could not be read. */
const restMs = 1000;
/** How long all may take to end after they were asked to: longer than `attempt` waits for a call, and for a commit. */
const killMs = 6000;

/** `now` may be the clock of the machine, which may be set. */
export function startDispatch(
  recipients: readonly Recipient[],
  given: Omit<ConsumerParts, 'readAhead' | 'notBefore'>,
): Dispatch {
  const monotonic = (): number => performance.now();
  const { now, notBefore } = new SteadyClock(given.now, monotonic);
  const log = unbreakableLog(given.log);
  const observer = unbreakableObserver(given.observer, log);
  const parts = { ...given, log, observer, now, notBefore, readAhead: new ReadAhead() };
  const stop = new AbortController();
  const kill = new AbortController();
  // Every attempt that is under way listens to it, of all notifiers together.
  setMaxListeners(0, stop.signal, kill.signal);
  const consumers = new Map<string, Consumer>();
  const suspected = suspicions(
    recipients.map(({ name }) => name),
    parts.spool,
    log,
  );
  const running = Promise.all(
    recipients.map((recipient) => {
      const suspicion = suspected.get(recipient.name) ?? new Suspicion(recipient.name, undefined);
      return keepRunning(recipient, { ...parts, suspicion }, consumers, stop.signal, kill.signal);
    }),
  );
  return {
    states: () => new Map([...consumers].map(([name, consumer]) => [name, consumer.state()])),
    heartbeats: () => new Map([...consumers].map(([name, consumer]) => [name, consumer.heartbeat.next()])),
    async pause(notifier, act) {
      const consumer = consumers.get(notifier);
      if (consumer !== undefined) return consumer.pauseRequests.ask(act);
      throw new BelfryError('BUSY', `the notifier ${notifier} is restarting: try again`);
    },
    async stop(graceMs) {
      for (const suspicion of suspected.values()) suspicion.close();
      stop.abort();
      if (await settlesWithin(running, graceMs)) return;
      kill.abort();
      if (await settlesWithin(running, killMs)) return;
      parts.log.warn({}, 'a notifier did not stop in time; attempts in progress will be made again');
    },
  };
}

async function keepRunning(
  recipient: Recipient,
  parts: ConsumerParts & { readonly suspicion: Suspicion },
  consumers: Map<string, Consumer>,
  stop: AbortSignal,
  kill: AbortSignal,
): Promise<void> {
  const { name: notifier } = recipient;
  const reading = new Reading(parts.spool, (first, count, reason) => {
    parts.log.error({ notifier, first, count, reason }, 'cannot read entries of the spool; counting them as damaged');
  });
  while (!stop.aborted) {
    const consumer = new Consumer(recipient, { ...parts, reading });
    const broken = (thrown: unknown): void => {
      parts.log.error({ notifier: recipient.name, reason: messageOf(thrown) }, 'dispatch failed; restarting it');
      consumer.pauseRequests.close();
    };
    consumers.set(recipient.name, consumer);
    await consumer.run(stop, kill).catch(broken);
    // What is under way would be done twice, and out of turn, if the next one did not wait for it.
    await consumer.finish(kill).catch(broken);
    consumer.pauseRequests.close();
    consumer.heartbeat.beat();
    consumers.delete(recipient.name);
    // Ends at once where there is no next one.
    await sleep(restMs, undefined, { signal: stop }).catch(() => {});
  }
}
