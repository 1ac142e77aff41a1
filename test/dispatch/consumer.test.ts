import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { BelfryError } from '../../src/base/error.ts';
import type { Entry } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { DispatchPolicy, Recipient } from '../../src/dispatch/recipient.ts';
import type { Route } from '../../src/examine/route.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../src/notifier/notifier.ts';
import { aheadLimit, type Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { tries } from '../support/long.ts';
import { mortalSpool } from '../support/mortal-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const neverOpens = { failures: 0, pauseMs: 0, longestPauseMs: 0 };
const log = pino({ level: 'silent' });
const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };

const textOf = (entry: Entry): string => Buffer.from(entry.request.bytes).toString();

/** A request `lane:anything` goes to its lane; one that begins with `-` is filtered. */
function route(entry: Entry): Route {
  const message = textOf(entry);
  if (message.startsWith('-')) return { kind: 'filtered', reason: { option: 'test', detail: message } };
  const notification: Notification = {
    ...{ id: entry.id, receivedAt: entry.receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
    ...{ options: [], message, payload: {} },
  };
  return { kind: 'deliver', notification, lane: message.split(':')[0] ?? '' };
}

type Answer = (message: string, attempt: number, signal: AbortSignal) => Outcome | Promise<Outcome>;

function notifier(answer: Answer, maxBatch = 1): Notifier & { readonly seen: string[] } {
  const seen: string[] = [];
  const one = async ({ notification, attempt }: Delivery, signal: AbortSignal): Promise<Outcome> => {
    const outcome = await answer(notification.message, attempt, signal);
    if (outcome.status === 'delivered') seen.push(notification.message);
    return outcome;
  };
  return {
    seen,
    maxBatch,
    async notify(deliveries, signal) {
      const outcomes: Outcome[] = [];
      for (const delivery of deliveries) {
        if (outcomes.some(({ status }) => status !== 'delivered')) outcomes.push(retry);
        else outcomes.push(await one(delivery, signal));
      }
      return outcomes;
    },
    async close() {},
  };
}

const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

const patient: DispatchPolicy = {
  concurrency: 4,
  attemptTimeoutMs: 60_000,
  retryScheduleMs: [1],
  retryForMs: 60_000,
  retryAfterMaxMs: 86_400_000,
  breaker: neverOpens,
};

function start(
  spool: Spool,
  recipients: readonly Partial<Recipient>[],
  policy: Partial<DispatchPolicy> = {},
  now: () => number = Date.now,
): Dispatch {
  const complete = recipients.map((recipient, i) => ({
    ...{ name: `n${i}`, notifier: notifier(() => delivered), policy: { ...patient, ...policy }, route },
    ...recipient,
  }));
  const dispatch = startDispatch(complete, { spool, log, observer: quietObserver, now, random: Math.random });
  running.push(dispatch);
  return dispatch;
}

async function spoolFor(...names: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  for (const name of names) await spool.consumer(name, 0);
  return spool;
}

/** A spool that cannot be read for a moment. `failOnce`: resolves when somebody has tried. */
function unreadable(spool: Spool): { readonly spool: Spool; failOnce(): Promise<void> } {
  let fail: (() => void) | undefined;
  const read: Spool['read'] = async (after, limit) => {
    if (fail === undefined) return spool.read(after, limit);
    fail();
    fail = undefined;
    throw new BelfryError('SPOOL_IO', 'not for the moment');
  };
  const failOnce = (): Promise<void> =>
    new Promise((resolve) => {
      fail = resolve;
    });
  return { spool: changedSpool(spool, { read }), failOnce };
}

const append = (spool: Spool, ...texts: string[]): Promise<unknown> => spool.append(texts.map(rawRequest));

/** Everything of the log is finished for this consumer. */
async function finished(spool: Spool, name: string): Promise<boolean> {
  const { last, consumers } = await spool.state();
  const state = consumers.find((consumer) => consumer.name === name);
  return state?.cursor === last && state.deferred === 0;
}

describe('dispatch', () => {
  it('delivers what was there before and what comes later, each to every notifier', async () => {
    const spool = await spoolFor('n0', 'n1');
    await append(spool, 'a:1', '-a:2', 'b:3');
    const [one, two] = [notifier(() => delivered), notifier(() => delivered, 8)];
    start(spool, [{ notifier: one }, { notifier: two }]);
    await append(spool, 'a:4');
    await until(async () => (await finished(spool, 'n0')) && (await finished(spool, 'n1')));
    expect([...one.seen].sort()).toEqual(['a:1', 'a:4', 'b:3']);
    expect([...two.seen].sort()).toEqual(['a:1', 'a:4', 'b:3']);
    const { consumers, bytes } = await spool.state();
    expect(consumers[0]?.tally).toEqual({ delivered: 3, filtered: 1, dropped: 0, damaged: 0 });
    expect(bytes).toBe(0);
  });

  it('takes several lanes of one call for what became of each', async () => {
    const spool = await spoolFor('n0');
    await append(spool, 'a:1', 'b:2', 'a:3', 'b:4');
    const calls: string[] = [];
    const taken: string[] = [];
    const batching: Notifier = {
      maxBatch: 8,
      // It works on all lanes of a call side by side, each in order.
      async notify(deliveries) {
        calls.push(deliveries.map(({ notification, lane }) => `${lane} ${notification.message}`).join(', '));
        const failed = new Set<string>();
        return deliveries.map(({ notification, attempt, lane }): Outcome => {
          if (lane === 'a' && attempt === 1) failed.add(lane);
          if (failed.has(lane)) return retry;
          taken.push(notification.message);
          return delivered;
        });
      },
      async close() {},
    };
    start(spool, [{ notifier: batching }]);
    await until(() => finished(spool, 'n0'));
    expect(calls[0]).toBe('a a:1, a a:3, b b:2, b b:4');
    expect(taken).toEqual(['b:2', 'b:4', 'a:1', 'a:3']);
  });

  it('lets a notifier that hangs delay nobody else', async () => {
    const spool = await spoolFor('n0', 'n1');
    const stuck = notifier(
      (_, __, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry))),
    );
    const free = notifier(() => delivered);
    start(spool, [{ notifier: stuck }, { notifier: free }]);
    await append(spool, ...Array.from({ length: 5000 }, (_, i) => `m${i % 7}:${i}`));
    await until(() => finished(spool, 'n1'));
    expect(free.seen).toHaveLength(5000);
    expect((await spool.consumer('n0')).cursor).toBe(0);
  });

  it('lets one that hangs delay nobody else though the clock is set back meanwhile', async () => {
    const spool = await spoolFor('n0', 'n1');
    const stuck = notifier(
      (_, __, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry))),
    );
    let now = Date.now();
    start(spool, [{ notifier: stuck }, {}], {}, () => now--);
    await append(spool, ...Array.from({ length: 2000 }, (_, i) => `lane${i}:`));
    await until(() => finished(spool, 'n1'));
  });

  it('lets a full mailbox that hangs make way for others though the clock is set back meanwhile', async () => {
    const spool = await spoolFor('n0');
    let now = Date.now();
    let begun = false;
    const stuck = notifier((message, _, signal) => {
      if (!message.startsWith('stuck')) return delivered;
      begun = true;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry)));
    });
    start(spool, [{ notifier: stuck }], {}, () => now);
    await append(spool, 'stuck:0');
    await until(() => begun);
    now -= 3_600_000;
    await append(spool, ...Array.from({ length: 200 }, (_, i) => `stuck:${i + 1}`), 'free:0');
    await until(() => stuck.seen.length > 0);
  });

  it('does nothing again that was under way when the log could not be read for a moment', async () => {
    const spool = await spoolFor('n0');
    const log = unreadable(spool);
    let land = (_: Outcome): void => {};
    let attempts = 0;
    const slow = notifier((message) => {
      if (message !== 'a:1') return delivered;
      attempts++;
      return new Promise((resolve) => {
        land = resolve;
      });
    });
    start(log.spool, [{ notifier: slow }]);
    await append(spool, 'a:1');
    await until(() => attempts > 0);
    const failed = log.failOnce();
    await append(spool, 'a:2', 'b:3');
    await failed;
    land(delivered);
    await until(() => finished(spool, 'n0'));
    expect(attempts).toBe(1);
    expect(slow.seen).toEqual(['a:1', 'a:2', 'b:3']);
  });

  it('leaves nothing behind on the signal to stop when it has to begin again', async () => {
    const spool = await spoolFor('n0');
    const listeners: number[] = [];
    const arrival: Spool['arrival'] = (_, signal) => {
      listeners.push(getEventListeners(signal, 'abort').length);
      return new Promise(() => {});
    };
    const log = unreadable(changedSpool(spool, { arrival }));
    const dispatch = start(log.spool, [{}]);
    await until(() => listeners.length === 1);
    const failed = log.failOnce();
    await dispatch.heartbeats().get('n0');
    await failed;
    await until(() => listeners.length === 2);
    expect(listeners).toEqual([1, 1]);
  });

  it('holds back the mailbox of a failing event and no other, then goes on in order', async () => {
    const spool = await spoolFor('n0');
    let mended = false;
    const sometimes = notifier((message) => (message === 'a:2' && !mended ? retry : delivered));
    start(spool, [{ notifier: sometimes }]);
    await append(spool, 'a:1', 'a:2', 'b:1', 'a:3', 'b:2');
    await until(() => sometimes.seen.includes('b:2'));
    await append(spool, 'a:4', 'b:3');
    await until(() => sometimes.seen.includes('b:3'));
    expect(sometimes.seen.filter((text) => text.startsWith('a'))).toEqual(['a:1']);
    mended = true;
    await until(() => finished(spool, 'n0'));
    expect(sometimes.seen.filter((text) => text.startsWith('a'))).toEqual(['a:1', 'a:2', 'a:3', 'a:4']);
  });

  it('keeps order when the log is far longer than its memory and one mailbox has most of it', async () => {
    const spool = await spoolFor('n0');
    const texts = Array.from({ length: 3000 }, (_, i) => (i % 100 === 99 ? `b:${i}` : `a:${i}`));
    await append(spool, ...texts);
    const slow = notifier(async () => {
      await new Promise(setImmediate);
      return delivered;
    });
    start(spool, [{ notifier: slow }]);
    await until(() => finished(spool, 'n0'));
    for (const lane of ['a', 'b']) {
      const mine = (text: string): boolean => text.startsWith(lane);
      expect(slow.seen.filter(mine)).toEqual(texts.filter(mine));
    }
    // The few of the quiet mailbox do not wait for the many of the busy one.
    expect(slow.seen.indexOf('b:2999')).toBeLessThan(slow.seen.indexOf('a:2998'));
  });

  it('keeps order after a kill, when later events of a mailbox had been deferred before earlier ones were told', async () => {
    const spool = await spoolFor('n0');
    const texts = Array.from({ length: 600 }, (_, i) => `${i % 3 === 0 ? 'b' : 'a'}:${i}`);
    await append(spool, ...texts);
    // Positions begin with 1: these are a:499, a:500 and the last but one.
    const behind = [500, 501, 599].map((position) => ({ position, lane: 'a', dueAt: 0, attempts: [] }));
    await spool.commit('n0', { defer: behind });
    const one = notifier(() => delivered);
    start(spool, [{ notifier: one }]);
    await until(() => finished(spool, 'n0'));
    for (const lane of ['a', 'b']) {
      const ofLane = (text: string): boolean => text.startsWith(lane);
      expect(one.seen.filter(ofLane)).toEqual(texts.filter(ofLane));
    }
  });

  it('repeats after a kill only what was under way, however long one has been holding the cursor back', async () => {
    const spool = await spoolFor('n0');
    const first = mortalSpool(spool);
    const hangs = (message: string): boolean => message === 'h:0' || message === 'i:1';
    const before = notifier((message, _, signal) =>
      hangs(message)
        ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry)))
        : message.startsWith('x')
          ? { status: 'rejected', reason: 'never' }
          : delivered,
    );
    const dispatch = start(first.spool, [{ notifier: before }]);
    const texts = Array.from({ length: 1500 }, (_, i) => `m${i % 7}:${i}`);
    await append(spool, 'h:0', 'i:1', 'h:2', '-h:3', 'x:4', ...texts);
    await until(async () => (await spool.consumer('n0')).tally.delivered === texts.length);
    expect(await spool.consumer('n0')).toMatchObject({ cursor: 0, ahead: texts.length + 1, dead: 1 });
    first.kill();
    await dispatch.stop(0);
    const after = notifier(() => delivered);
    start(spool, [{ notifier: after }]);
    await until(() => finished(spool, 'n0'));
    expect(after.seen.toSorted()).toEqual(['h:0', 'h:2', 'i:1']);
    expect(after.seen.indexOf('h:0')).toBeLessThan(after.seen.indexOf('h:2'));
    const { tally, ahead, dead } = await spool.consumer('n0');
    expect({ ...tally, ahead, dead }).toEqual({
      ...{ delivered: texts.length + 3, filtered: 1, dropped: 0, damaged: 0, ahead: 0, dead: 1 },
    });
  });

  it('starts nothing more once it is told to stop, even if that comes while it reads', async () => {
    const spool = await spoolFor('n0');
    await append(spool, 'a:1', 'b:2');
    let goOn = (): void => {};
    let isReading = false;
    const read: Spool['read'] = async (...what) => {
      const entries = await spool.read(...what);
      isReading = true;
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return entries;
    };
    const one = notifier(() => delivered);
    const dispatch = start(changedSpool(spool, { read }), [{ notifier: one }]);
    await until(() => isReading);
    const stopped = dispatch.stop(60_000);
    goOn();
    await stopped;
    expect(one.seen).toEqual([]);
    expect(await spool.deferred('n0', 0, 9)).toMatchObject([{ position: 1 }, { position: 2 }]);
  });

  it('repeats as little after a kill where one has hung while more went by than is remembered', async () => {
    const spool = await spoolFor('n0');
    const first = mortalSpool(spool);
    const before = notifier((message, _, signal) => {
      if (before.seen.length === aheadLimit + 1000) first.kill();
      if (message !== 'm:0') return delivered;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry)));
    });
    // As with `order: none`: each has a lane of its own.
    const alone = (entry: Entry): Route => ({ ...route(entry), ...{ lane: `#${entry.position}` } });
    const dispatch = start(first.spool, [{ notifier: before, route: alone }]);
    const texts = Array.from({ length: aheadLimit + 5000 }, (_, i) => `m:${i}`);
    await append(spool, ...texts);
    await until(() => before.seen.length > aheadLimit + 1000);
    await dispatch.stop(0);
    const after = notifier(() => delivered);
    start(spool, [{ notifier: after, route: alone }]);
    await until(() => finished(spool, 'n0'));
    // What was told since the last commit: no more than is in memory at a time.
    const told = new Set(before.seen);
    expect(after.seen.filter((message) => told.has(message)).length).toBeLessThan(600);
    expect(new Set([...before.seen, ...after.seen])).toEqual(new Set(texts));
    expect((await spool.consumer('n0')).tally.delivered).toBe(texts.length);
  });

  it('counts what the notifier holds back as filtered, at the first attempt and at a later one, and goes on', async () => {
    const spool = await spoolFor('n0');
    const held: Outcome = { status: 'filtered', option: 'n0_mailto_limit', detail: 'enough' };
    const mine = notifier((message, attempt) => {
      if (message === 'a:1') return held;
      if (message === 'a:2') return attempt === 1 ? retry : held;
      return delivered;
    });
    start(spool, [{ notifier: mine }]);
    await spool.append(['a:1', 'a:2', 'a:3'].map(rawRequest));
    await until(() => mine.seen.includes('a:3'));
    await running.splice(0)[0]?.stop(1000);
    const { tally, dead, deferred } = await spool.consumer('n0');
    expect({ tally, dead, deferred }).toMatchObject({ tally: { delivered: 1, filtered: 2 }, dead: 0, deferred: 0 });
  });

  it('buries what is rejected at once, with the reason, and goes on with its mailbox', async () => {
    const spool = await spoolFor('n0');
    const strict = notifier((message) =>
      message === 'a:1' ? { status: 'rejected', reason: 'not a customer' } : delivered,
    );
    start(spool, [{ notifier: strict }]);
    await append(spool, 'a:1', 'a:2');
    await until(() => finished(spool, 'n0'));
    const [letter] = await spool.dead('n0', 0, 10);
    expect(letter).toMatchObject({ reason: 'rejected: not a customer', lane: 'a' });
    expect(letter?.attempts).toHaveLength(1);
    expect(strict.seen).toEqual(['a:2']);
  });

  it('buries what fails until the time is over, with every attempt', async () => {
    const spool = await spoolFor('n0');
    const never = notifier((message) => (message.startsWith('a') ? retry : delivered));
    // A millisecond passes with every look: by a clock of the machine all of it could pass during the first attempt.
    let time = 0;
    start(spool, [{ notifier: never }], { retryScheduleMs: [5, 10], retryForMs: 100 }, () => time++);
    await append(spool, 'a:1', 'b:1', 'a:2');
    await until(() => finished(spool, 'n0'));
    const letters = await spool.dead('n0', 0, 10);
    expect(letters.map(({ entry }) => textOf(entry))).toEqual(['a:1', 'a:2']);
    expect(letters[0]?.reason).toMatch(/ (?:[2-9]|\d\d+) attempts in 0 s: not now$/);
    expect(letters[0]?.attempts.length).toBeGreaterThan(1);
  });

  it('never makes more attempts at once than it may, nor two of one mailbox', async () => {
    const spool = await spoolFor('n0');
    const busy = new Map<string, number>();
    let most = 0;
    const counting = notifier(async (message) => {
      const lane = message.split(':')[0] ?? '';
      busy.set(lane, (busy.get(lane) ?? 0) + 1);
      most = Math.max(
        most,
        [...busy.values()].reduce((a, b) => a + b),
      );
      expect(busy.get(lane)).toBe(1);
      await new Promise(setImmediate);
      busy.set(lane, 0);
      return delivered;
    });
    start(spool, [{ notifier: counting }], { concurrency: 3 });
    await append(spool, ...Array.from({ length: 300 }, (_, i) => `m${i % 10}:${i}`));
    await until(() => finished(spool, 'n0'));
    expect(counting.seen).toHaveLength(300);
    expect(most).toBe(3);
  });

  it('leaves the log alone while the receiver is away, and finds out with one event when it is back', async () => {
    const spool = await spoolFor('n0');
    let away = true;
    let attempts = 0;
    const receiver = notifier(() => {
      attempts++;
      return away ? retry : delivered;
    });
    const breaker = { failures: 3, pauseMs: 5, longestPauseMs: 5 };
    start(spool, [{ notifier: receiver }], { breaker, retryScheduleMs: [60_000], concurrency: 3 });
    await append(spool, ...Array.from({ length: 500 }, (_, i) => `m${i}:1`));
    await until(() => attempts > 8);
    // Three failed and opened the breaker, then one at a time: hardly anything was deferred.
    expect((await spool.consumer('n0')).deferred).toBeLessThan(20);
    away = false;
    await until(async () => (await spool.consumer('n0')).tally.delivered > 470);
  });

  it('keeps to its rate', async () => {
    const spool = await spoolFor('n0');
    let lastAt = 0;
    const timed = notifier(() => {
      lastAt = Date.now();
      return delivered;
    });
    const begunAt = Date.now();
    start(spool, [{ notifier: timed }], { rate: { count: 5, perMs: 50 } });
    await append(spool, ...Array.from({ length: 20 }, (_, i) => `m${i}:1`));
    await until(() => finished(spool, 'n0'));
    // Five at once, then one every ten milliseconds.
    expect(lastAt - begunAt).toBeGreaterThanOrEqual(150);
  });

  it('goes on when its rate lets it go between two looks at the clock', async () => {
    // A millisecond passes with every look, so that some rate or other comes round between any two of them.
    await Promise.all(
      Array.from({ length: 9 }, async (_, i) => {
        const spool = await spoolFor('n0');
        let time = 0;
        start(spool, [{}], { rate: { count: 1, perMs: 5 + i } }, () => time++);
        await append(spool, ...Array.from({ length: 30 }, (_one, j) => `m${j}:1`));
        await until(() => finished(spool, 'n0'));
      }),
    );
  });

  it('takes a throw of a notifier for a failure that passes', async () => {
    const spool = await spoolFor('n0');
    const broken = notifier((_, attempt) => {
      if (attempt === 1) throw new Error('a defect');
      return delivered;
    });
    start(spool, [{ notifier: broken }]);
    await append(spool, 'a:1');
    await until(() => finished(spool, 'n0'));
    expect(broken.seen).toEqual(['a:1']);
  });

  it('repeats nothing after a clean stop, and leaves nothing out', async () => {
    const spool = await spoolFor('n0');
    const texts = Array.from({ length: 400 }, (_, i) => `m${i % 5}:${i}`);
    await append(spool, ...texts);
    const seen: string[] = [];
    for (let round = 0; (await finished(spool, 'n0')) === false; round++) {
      expect(round).toBeLessThan(400);
      const some = notifier(async (message, attempt) => {
        await new Promise(setImmediate);
        return message.endsWith('7') && attempt < 3 ? retry : delivered;
      });
      const dispatch = start(spool, [{ notifier: some }]);
      await until(async () => some.seen.length > 20 || (await finished(spool, 'n0')));
      await dispatch.stop(10_000);
      seen.push(...some.seen);
    }
    expect(seen).toHaveLength(400);
    for (let lane = 0; lane < 5; lane++) {
      const mine = (text: string): boolean => text.startsWith(`m${lane}:`);
      expect(seen.filter(mine)).toEqual(texts.filter(mine));
    }
  });

  it('ends what hangs after the grace, and counts that as no failure of the receiver', async () => {
    const spool = await spoolFor('n0');
    const hanging = notifier(
      (_, __, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry))),
    );
    const dispatch = start(spool, [{ notifier: hanging }]);
    await append(spool, 'a:1', 'a:2');
    await until(() => dispatch.states().get('n0')?.inFlight === 1);
    await dispatch.stop(20);
    expect((await spool.deferred('n0', 0, 10)).map(({ attempts }) => attempts.length)).toEqual([0, 0]);
  });

  it('delivers each event once and in the order of its mailbox, whatever fails when', async () => {
    const scenario = fc.record({
      lanes: fc.integer({ min: 1, max: 5 }),
      batch: fc.constantFrom(1, 3, 16),
      concurrency: fc.integer({ min: 1, max: 4 }),
      failures: fc.infiniteStream(fc.boolean()),
      count: fc.integer({ min: 1, max: 120 }),
      // With a limit, though it is never reached, batches go by lanes.
      rate: fc.constantFrom(undefined, { count: 1_000_000, perMs: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ lanes, batch, concurrency, failures, count, rate }) => {
        const spool = await spoolFor('n0');
        const texts = Array.from({ length: count }, (_, i) => `m${(i * 7) % lanes}:${i}`);
        const flaky = notifier((_, attempt) => (attempt < 4 && failures.next().value ? retry : delivered), batch);
        const dispatch = start(spool, [{ notifier: flaky }], { concurrency, rate, retryScheduleMs: [0] });
        for (const text of texts) await append(spool, text);
        await until(() => finished(spool, 'n0'));
        await dispatch.stop(1000);
        expect(flaky.seen).toHaveLength(count);
        for (let lane = 0; lane < lanes; lane++) {
          const mine = (text: string): boolean => text.startsWith(`m${lane}:`);
          expect(flaky.seen.filter(mine)).toEqual(texts.filter(mine));
        }
      }),
      { numRuns: tries(60) },
    );
  });
});
