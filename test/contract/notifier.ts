/** What every notifier must do, whatever it delivers to: each one's test runs this suite on its real peer. */
import { getEventListeners } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AbortReason,
  type Delivery,
  type Notification,
  type Notifier,
  type Outcome,
  settlesWithinMs,
} from '../../src/notifier/notifier.ts';
import { anyNotification, eventNotification, hostileNotifications, requestNotification } from '../notifier/samples.ts';

/** A notifier with the peer that it delivers to. */
export interface Subject {
  readonly notifier: Notifier;
  /** Ids of what the peer has taken, in order of arrival. Absent where there is no peer. */
  received?(): readonly string[] | Promise<readonly string[]>;
  /** From now on the peer fails every attempt in a way that an administrator can mend. */
  breakPeer?(): void | Promise<void>;
  /** From now on the peer takes an attempt and never answers it. */
  hangPeer?(): void | Promise<void>;
  /** What an attempt is that such a peer may have taken, where it must not be made twice. Default: `retry`. */
  readonly hung?: 'rejected';
  /** From now on the peer asks to be left alone for a while. */
  pausePeer?(): void | Promise<void>;
  /** Takes the peer down. Called once, after the notifier's `close`. */
  dispose(): Promise<void>;
}

/** A reason stands in one line of a log and in a dead letter. */
const reasonLimit = 2000;

/** Checks the form of the answer to a call. */
function expectWellFormed(outcomes: readonly Outcome[], deliveries: readonly Delivery[]): void {
  expect(outcomes).toHaveLength(deliveries.length);
  for (const outcome of outcomes) {
    expect(['delivered', 'retry', 'rejected']).toContain(outcome.status);
    const text = 'reason' in outcome ? outcome.reason : (outcome.detail ?? '');
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text.length).toBeLessThanOrEqual(reasonLimit);
    if (outcome.status !== 'delivered') expect(text).not.toBe('');
    if (outcome.status !== 'retry') continue;
    for (const ms of [outcome.afterMs, outcome.pauseMs]) if (ms !== undefined) expect(ms).toBeGreaterThan(0);
  }
}

/** Open descriptors, kernel handles of the event loop, and child processes of this process. */
function resources(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {
    descriptors: readdirSync('/proc/self/fd').length,
    children: readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean).length,
  };
  for (const type of process.getActiveResourcesInfo()) {
    // Timers and immediates belong to the test runner as well; what counts is what the kernel holds for us.
    if (/Wrap$/.test(type)) counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

function excessOf(now: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): readonly string[] {
  return Object.keys(now).filter((type) => (now[type] ?? 0) > (before[type] ?? 0));
}

/**
 * Runs the suite. `make` opens a notifier and starts its peer anew for each test; a `Subject` without `breakPeer`,
 * `hangPeer` or `pausePeer` says that its method has no peer that could do so.
 */
export function notifierContract(name: string, make: () => Promise<Subject>): void {
  describe(`${name} keeps the contract of a notifier`, () => {
    const never = new AbortController().signal;
    let subject: Subject;
    let count = 0;

    beforeEach(async () => {
      subject = await make();
    });
    afterEach(async () => {
      await subject.notifier.close();
      await subject.dispose();
      // The signal lives as long as the daemon: what an attempt leaves at it is never freed.
      expect(getEventListeners(never, 'abort')).toEqual([]);
    });

    function nextId(): string {
      count += 1;
      return `0000test-${count}`;
    }
    function first(notification: Notification): Delivery {
      return { notification, attempt: 1, lane: '' };
    }
    /** As many ordinary deliveries as one call takes, up to `most`. */
    function ordinary(most: number): readonly Delivery[] {
      return Array.from({ length: Math.min(most, subject.notifier.maxBatch) }, (_, index) =>
        first(index % 2 === 0 ? eventNotification(nextId()) : requestNotification(nextId())),
      );
    }
    /** Gives the notifications in calls of at most `maxBatch`, and checks the form of each answer. */
    async function tell(notifications: readonly Notification[]): Promise<readonly Outcome[]> {
      const all: Outcome[] = [];
      for (let start = 0; start < notifications.length; start += subject.notifier.maxBatch) {
        const deliveries = notifications.slice(start, start + subject.notifier.maxBatch).map(first);
        const outcomes = await subject.notifier.notify(deliveries, never);
        expectWellFormed(outcomes, deliveries);
        all.push(...outcomes);
      }
      return all;
    }
    async function received(): Promise<readonly string[] | undefined> {
      return subject.received === undefined ? undefined : await subject.received();
    }

    it('takes at least one delivery a call', () => {
      expect(Number.isInteger(subject.notifier.maxBatch)).toBe(true);
      expect(subject.notifier.maxBatch).toBeGreaterThanOrEqual(1);
    });

    it('answers an empty call with no outcomes', async () => {
      expect(await subject.notifier.notify([], never)).toEqual([]);
    });

    it('delivers a full call, in order, with an outcome for each delivery', async () => {
      const deliveries = ordinary(50);
      const outcomes = await subject.notifier.notify(deliveries, never);
      expectWellFormed(outcomes, deliveries);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(deliveries.map(() => 'delivered'));
      const ids = deliveries.map(({ notification }) => notification.id);
      expect((await received()) ?? ids).toEqual(ids);
    });

    it('delivers a later attempt under the same id', async () => {
      const notification = eventNotification(nextId());
      for (const attempt of [1, 2]) {
        const outcomes = await subject.notifier.notify([{ notification, attempt, lane: '' }], never);
        expect(outcomes).toMatchObject([{ status: 'delivered' }]);
      }
      const ids = [notification.id, notification.id];
      expect((await received()) ?? ids).toEqual(ids);
    });

    it('answers hostile notifications, and delivers the next ordinary one', async () => {
      await tell(hostileNotifications());
      const ordinaryOne = eventNotification(nextId());
      expect(await tell([ordinaryOne])).toMatchObject([{ status: 'delivered' }]);
      expect((await received())?.at(-1) ?? ordinaryOne.id).toBe(ordinaryOne.id);
    });

    it('answers any notification', async () => {
      let last: Promise<unknown> = Promise.resolve();
      await fc.assert(
        fc.asyncProperty(fc.array(anyNotification(nextId), { minLength: 1, maxLength: 3 }), async (notifications) => {
          last = tell(notifications);
          await last;
        }),
        { numRuns: 15 },
      );
      // Where the time was over before, it is still under way.
      await last;
    });

    it('answers retry while the peer is broken, and delivers none after a failed one', async (context) => {
      if (!subject.breakPeer) return context.skip('nothing to break');
      await subject.breakPeer();
      const before = await received();
      for (let call = 0; call < 3; call += 1) {
        const deliveries = ordinary(5);
        const outcomes = await subject.notifier.notify(deliveries, never);
        expectWellFormed(outcomes, deliveries);
        expect(outcomes.map((outcome) => outcome.status)).toEqual(deliveries.map(() => 'retry'));
      }
      expect(await received()).toEqual(before);
    });

    it('settles soon after the signal aborts, and the reason says why', { timeout: 20_000 }, async (context) => {
      if (!subject.hangPeer) return context.skip('nothing that could hang');
      await subject.hangPeer();
      const reasons: string[] = [];
      for (const why of ['timeout', 'shutdown'] satisfies AbortReason[]) {
        const deliveries = ordinary(3);
        const abort = new AbortController();
        const settled = subject.notifier.notify(deliveries, abort.signal, () => {});
        const still = Symbol('still waiting');
        expect(await Promise.race([settled, afterTurns(still)])).toBe(still);
        const abortedAt = performance.now();
        abort.abort(why);
        const outcomes = await settled;
        expect(performance.now() - abortedAt).toBeLessThan(settlesWithinMs[why]);
        expectWellFormed(outcomes, deliveries);
        for (const outcome of outcomes) {
          expect(outcome).toMatchObject({ status: subject.hung ?? 'retry' });
          if ('reason' in outcome) reasons.push(`${why}: ${outcome.reason}`);
        }
      }
      // The limit of time is that of `testServices`.
      for (const reason of reasons) expect(reason).toMatch(/^timeout: .* 60 s\b|^shutdown: (?!.* 60 s\b)/);
    });

    it('asks for a pause where its peer does', async (context) => {
      if (!subject.pausePeer) return context.skip('nothing that could ask for a pause');
      await subject.pausePeer();
      const deliveries = ordinary(3);
      const outcomes = await subject.notifier.notify(deliveries, never);
      expectWellFormed(outcomes, deliveries);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'retry', pauseMs: expect.any(Number) });
      }
    });

    it('delivers nothing when the signal has aborted before', async () => {
      const deliveries = ordinary(3);
      const outcomes = await subject.notifier.notify(deliveries, AbortSignal.abort('shutdown'));
      expectWellFormed(outcomes, deliveries);
      if (subject.received === undefined) return;
      expect(outcomes.map((outcome) => outcome.status)).toEqual(deliveries.map(() => 'retry'));
      expect(await received()).toEqual([]);
    });

    it('closes as often as it is told to', async () => {
      await tell([eventNotification(nextId())]);
      await Promise.all([subject.notifier.close(), subject.notifier.close()]);
      await subject.notifier.close();
    });

    it('keeps no descriptor, no handle and no process after close', async () => {
      // The first round loads what stays loaded for the life of the process.
      let before = resources();
      for (const round of ['first', 'second']) {
        const other = await make();
        for (const notification of [eventNotification(nextId()), ...hostileNotifications().slice(0, 8)]) {
          await other.notifier.notify([first(notification)], never);
        }
        await other.breakPeer?.();
        await other.notifier.notify([first(eventNotification(nextId()))], never);
        await other.notifier.close();
        await other.dispose();
        if (round === 'first') before = resources();
        else await expect.poll(() => excessOf(resources(), before), { timeout: 5000 }).toEqual([]);
      }
    });
  });
}

/** Resolves after the event loop has turned many times: long enough for an answer that needs no waiting. */
async function afterTurns<T>(value: T): Promise<T> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return value;
}
