/** The short way of batches, and the seam between it and the lanes. */
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Entry } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { DispatchPolicy } from '../../src/dispatch/recipient.ts';
import type { Route } from '../../src/examine/route.ts';
import type { Delivery, Notification, Notifier, Outcome } from '../../src/notifier/notifier.ts';
import type { Progress, Spool } from '../../src/spool/spool.ts';
import type { AtWork, WorkNotes } from '../../src/spool/work-notes.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { tries } from '../support/long.ts';
import { mortalSpool } from '../support/mortal-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };
const policy: DispatchPolicy = {
  ...{
    concurrency: 4,
    attemptTimeoutMs: 60_000,
    retryScheduleMs: [1],
    retryForMs: 60_000,
    retryAfterMaxMs: 86_400_000,
  },
  breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
};
/** A limit that is never reached: where there is one, everything goes by lanes. */
const byLanes: Partial<DispatchPolicy> = { rate: { count: 1_000_000, perMs: 1 } };

/** A request `lane:anything` goes to its lane; one that begins with `-` is filtered, with `!` unusable. */
function route(entry: Entry): Route {
  const message = Buffer.from(entry.request.bytes).toString();
  if (message.startsWith('!')) throw new Error('it cannot be examined');
  if (message.startsWith('-')) return { kind: 'filtered', reason: { option: 'test', detail: 'a reason' } };
  const notification: Notification = {
    ...{ id: entry.id, receivedAt: entry.receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
    ...{ options: [], message, payload: {} },
  };
  return { kind: 'deliver', notification, lane: message.split(':')[0] ?? '' };
}

const running: Dispatch[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

function start(spool: Spool, notifier: Partial<Notifier>, changes: Partial<DispatchPolicy> = {}): Dispatch {
  const complete = { maxBatch: 1000, notify: async () => [], close: async () => {}, ...notifier };
  const recipient = { name: 'n', notifier: complete, policy: { ...policy, ...changes }, route };
  const dispatch = startDispatch([recipient], {
    spool,
    log,
    observer: quietObserver,
    now: Date.now,
    random: Math.random,
  });
  running.push(dispatch);
  return dispatch;
}

async function spoolWith(...texts: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  await spool.consumer('n', 0);
  await spool.append(texts.map(rawRequest));
  return spool;
}

async function finished(spool: Spool): Promise<boolean> {
  const { last, consumers } = await spool.state();
  return consumers[0]?.cursor === last && consumers[0].deferred === 0;
}

/** Texts of `count` entries in some lanes, some of them filtered or unusable. */
const texts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => (i % 41 === 40 ? `!${i}` : i % 37 === 36 ? `-${i}` : `m${i % 7}:${i}`));
const deliverable = (all: readonly string[]): readonly string[] => all.filter((text) => text.startsWith('m'));

/** How calls were made, once nothing that was before them was in lanes. */
function recorded(answer: (deliveries: readonly Delivery[]) => readonly Outcome[] | Promise<readonly Outcome[]>) {
  const calls: (readonly string[])[] = [];
  const notify: Notifier['notify'] = async (deliveries) => {
    calls.push(deliveries.map(({ notification }) => notification.message));
    return answer(deliveries);
  };
  return { calls, notify };
}

describe('a run', () => {
  it('is one call of entries in the order of the log, and its cursor, tally and outcomes are those of lanes', async () => {
    const all = texts(2000);
    const results = await Promise.all(
      [{}, byLanes].map(async (way) => {
        const inner = await spoolWith(...all);
        const steps: Progress[] = [];
        const commit: Spool['commit'] = async (name, step) => {
          steps.push(step);
          await inner.commit(name, step);
        };
        const { calls, notify } = recorded((deliveries) => deliveries.map(() => delivered));
        start(changedSpool(inner, { commit }), { notify }, way);
        await until(() => finished(inner));
        const { tally, dead, ahead } = await inner.consumer('n');
        const outcomes = await inner.outcomes(
          'n',
          all.map((_, i) => i + 1),
        );
        const states = [...outcomes]
          .sort(([a], [b]) => a - b)
          .map(([at, { state, attempts }]) => [at, state, attempts]);
        return { calls, steps, same: { tally, dead, ahead, states } };
      }),
    );
    const [runs, lanes] = results;
    expect(runs?.same).toEqual(lanes?.same);
    expect(runs?.same.tally).toMatchObject({ delivered: deliverable(all).length });
    // Only what comes after a restart goes by lanes: there may be something that was done before.
    const inOrder = runs?.calls.slice(1).flat() ?? [];
    expect(inOrder).toEqual(deliverable(all).slice(-inOrder.length));
    expect(inOrder.length).toBeGreaterThan(1700);
    const longest = Math.max(...(runs?.calls.map((call) => call.length) ?? []));
    expect(longest).toBeGreaterThan(100);
    expect(longest).toBeLessThanOrEqual(128);
    expect(runs?.steps.flatMap(({ ahead = [], defer = [] }) => [...ahead, ...defer])).toEqual([]);
    for (const lane of [0, 1, 2, 3, 4, 5, 6]) {
      const mine = (text: string): boolean => text.startsWith(`m${lane}:`);
      expect(lanes?.calls.flat().filter(mine)).toEqual(all.filter(mine));
    }
  });

  it('that fails in part is booked entry by entry, and what failed goes on by lanes before there is a run again', async () => {
    const all = texts(1000);
    const taken: string[] = [];
    const failing = new Set(all.filter((text) => text.startsWith('m3:') && Number(text.slice(3)) > 400).slice(0, 3));
    const { calls, notify } = recorded((deliveries) => {
      const failed = new Set<string>();
      return deliveries.map(({ notification: { message }, attempt, lane }): Outcome => {
        if (failing.has(message) && attempt < 3) failed.add(lane);
        if (failed.has(lane)) return retry;
        taken.push(message);
        return delivered;
      });
    });
    const spool = await spoolWith(...all);
    start(spool, { notify });
    await until(() => finished(spool));
    const more = texts(2000).slice(1000);
    await spool.append(more.map(rawRequest));
    await until(() => finished(spool));
    expect(taken.toSorted()).toEqual(deliverable([...all, ...more]).toSorted());
    for (const lane of [0, 1, 2, 3, 4, 5, 6]) {
      const mine = (text: string): boolean => text.startsWith(`m${lane}:`);
      expect(taken.filter(mine)).toEqual([...all, ...more].filter(mine));
    }
    const run = calls.findLast(({ length }) => length > 100) ?? [];
    const from = deliverable([...all, ...more]).indexOf(run[0] ?? '');
    expect(run).toEqual(deliverable([...all, ...more]).slice(from, from + run.length));
    expect(from).toBeGreaterThan(deliverable(all).length);
  });

  it('that hangs goes over to the lanes: others are delivered beside it, and it is delivered once', async () => {
    const spool = await spoolWith('a:0');
    let end = (): void => {};
    const taken: string[] = [];
    const { notify } = recorded(async (deliveries) => {
      if (deliveries.some(({ notification }) => notification.message === 'hang:1')) {
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      }
      for (const { notification } of deliveries) taken.push(notification.message);
      return deliveries.map(() => delivered);
    });
    const dispatch = start(spool, { notify });
    await until(() => finished(spool));
    await spool.append(['hang:1', 'hang:2'].map(rawRequest));
    await until(() => dispatch.states().get('n')?.inFlight === 1);
    const others = Array.from({ length: 3000 }, (_, i) => `o${i % 9}:${i}`);
    await spool.append([...others, 'hang:3'].map(rawRequest));
    await until(() => taken.length === 1 + others.length);
    expect(taken.some((text) => text.startsWith('hang'))).toBe(false);
    end();
    await until(() => finished(spool));
    expect(taken.slice(-3)).toEqual(['hang:1', 'hang:2', 'hang:3']);
    expect(taken).toHaveLength(others.length + 4);
  });

  it('that is under way holds up no command, and what it answers counts', async () => {
    const spool = await spoolWith('a:0');
    let end = (): void => {};
    const { calls, notify } = recorded(async (deliveries) => {
      if (deliveries[0]?.notification.message === 'a:1') {
        await new Promise<void>((resolve) => {
          end = resolve;
        });
      }
      return deliveries.map(() => delivered);
    });
    const dispatch = start(spool, { notify });
    await until(() => finished(spool));
    await spool.append(['a:1', 'b:2', '-3'].map(rawRequest));
    await until(() => dispatch.states().get('n')?.inFlight === 1);
    const seen = await dispatch.pause('n', async ({ underWay }) => [...underWay]);
    expect(seen).toEqual([2, 3]);
    expect(await spool.consumer('n')).toMatchObject({ cursor: 4, deferred: 2 });
    end();
    await until(() => finished(spool));
    expect(calls.flat()).toEqual(['a:0', 'a:1', 'b:2']);
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 3, filtered: 1 });
  });

  it('is called off by the end of the daemon, and nothing of it is counted or lost', async () => {
    const spool = await spoolWith('a:0');
    const notify: Notifier['notify'] = (deliveries, signal) => {
      if (deliveries[0]?.notification.message === 'a:0') return Promise.resolve([delivered]);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(deliveries.map((_, i) => (i === 0 ? delivered : retry))));
      });
    };
    const dispatch = start(spool, { notify });
    await until(() => finished(spool));
    await spool.append(['a:1', 'b:2', '-3', 'b:4'].map(rawRequest));
    await until(() => dispatch.states().get('n')?.inFlight === 1);
    await dispatch.stop(1);
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 2, filtered: 1 });
    expect((await spool.deferred('n', 0, 9)).map(({ position, attempts }) => [position, attempts.length])).toEqual([
      [3, 0],
      [5, 0],
    ]);
  });

  it('is noted in the spool while it is under way, so that an entry of it that ends the process is found', async () => {
    const inner = await spoolWith('a:0');
    let noted: AtWork | undefined;
    const notes: WorkNotes = {
      read: () => undefined,
      write(_, atWork) {
        noted = { ...atWork, underWay: atWork.underWay.map(({ first, last }) => ({ first, last })) };
      },
      condemned: new Set(),
      condemn() {},
    };
    const seen: (AtWork | undefined)[] = [];
    const { notify } = recorded(async (deliveries) => {
      seen.push(noted);
      await new Promise(setImmediate);
      seen.push(noted);
      return deliveries.map(() => delivered);
    });
    start(changedSpool(inner, { notes }), { notify });
    await until(() => finished(inner));
    seen.length = 0;
    await inner.append(['a:1', '-2', 'b:3'].map(rawRequest));
    await until(() => finished(inner));
    const range = { first: 2, last: 4 };
    expect(seen).toMatchObject([
      { running: { kind: 'attempting', ...range }, underWay: [range], entries: 2 },
      { underWay: [range], entries: 2 },
    ]);
    expect(seen[1]).not.toHaveProperty('running');
    await until(() => noted?.underWay.length === 0);
  });

  it('that ended the process is gone through entry by entry in the next one, and the entry that did it is given up', async () => {
    const all = Array.from({ length: 400 }, (_, i) => `m${i % 7}:${i}`);
    const inner = await spoolWith(...all);
    let found: AtWork | undefined;
    const deaths: number[] = [];
    const seen = new Set<string>();
    for (let lives = 0; lives < 4 && !(await finished(inner)); lives += 1) {
      const { spool, kill } = mortalSpool(inner);
      let isDead = false;
      const notes: WorkNotes = {
        read: () => found,
        write(_, atWork) {
          const underWay = atWork.underWay.map(({ first, last }) => ({ first, last }));
          if (!isDead) found = structuredClone({ ...atWork, underWay });
        },
        condemned: new Set(),
        condemn() {},
      };
      const notify: Notifier['notify'] = async (deliveries) => {
        await new Promise(setImmediate);
        if (!isDead && deliveries.some(({ notification }) => notification.message === 'm5:250')) {
          deaths.push(deliveries.length);
          isDead = true;
          kill();
        }
        if (isDead) return new Promise(() => {});
        for (const { notification } of deliveries) seen.add(notification.message);
        return deliveries.map(() => delivered);
      };
      start(changedSpool(spool, { notes }), { notify });
      await until(async () => isDead || (await finished(inner)));
    }
    expect(deaths).toEqual([expect.any(Number), 1, 1]);
    expect(deaths[0]).toBeGreaterThan(100);
    expect(seen.size).toBe(399);
    expect(await inner.dead('n', 0, 9)).toMatchObject([
      { entry: { position: 251 }, reason: expect.stringMatching('2 times') },
    ]);
  });

  it('has as many entries as the notifier takes, and none is left out', async () => {
    const spool = await spoolWith(...texts(500));
    const { calls, notify } = recorded((deliveries) => deliveries.map(() => delivered));
    start(spool, { notify, maxBatch: 7 });
    await until(() => finished(spool));
    expect(calls.flat().toSorted()).toEqual(deliverable(texts(500)).toSorted());
    expect(Math.max(...calls.map((call) => call.length))).toBe(7);
  });

  it.each([
    ['', false],
    [', and by lanes once one takes long for which others wait', true],
  ])(
    'of a notifier that gathers goes beside others where both are full and no lane is in both%s',
    async (_, isSlow) => {
      // Its looks at how long a call takes.
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const spool = await spoolWith('a:0');
      const going: { readonly taken: readonly string[]; readonly end: () => void }[] = [];
      const steps: Progress[] = [];
      const commit: Spool['commit'] = async (name, step) => {
        steps.push(step);
        await spool.commit(name, step);
      };
      let isHeld = false;
      const notify: Notifier['notify'] = async (deliveries) => {
        const taken = deliveries.map(({ notification }) => notification.message);
        if (isHeld) await new Promise<void>((end) => going.push({ taken, end }));
        return deliveries.map(() => delivered);
      };
      const gathering = { delayMs: 0, bytes: 1_000_000 };
      start(changedSpool(spool, { commit }), { notify, maxBatch: 4, gathering });
      await until(() => finished(spool));
      isHeld = true;
      steps.length = 0;
      const calls = [
        ['a:1', 'b:2', 'a:3', 'c:4'],
        ['d:5', 'e:6', 'f:7', 'g:8'],
        ['h:9', 'i:10', 'j:11', 'b:12'],
        ['k:13', 'l:14'],
      ];
      await spool.append(calls.flat().map(rawRequest));
      await until(() => going.length === 2);
      // The third has a lane of the first. What ends before the first counts with it.
      going[1]?.end();
      await new Promise(setImmediate);
      expect(going.map(({ taken }) => taken)).toEqual(calls.slice(0, 2));
      expect(steps).toEqual([]);
      if (isSlow) {
        vi.advanceTimersByTime(1000);
        await until(() => going.length === 4);
        expect(going.slice(2).flatMap(({ taken }) => taken)).toEqual(['h:9', 'i:10', 'j:11', 'k:13', 'l:14']);
        isHeld = false;
        for (const { end } of going) end();
        await until(() => finished(spool));
        expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 15 });
        return;
      }
      going[0]?.end();
      await until(() => going.length === 3);
      going[2]?.end();
      await until(() => going.length === 4);
      going[3]?.end();
      await until(() => finished(spool));
      expect(going.map(({ taken }) => taken)).toEqual(calls);
      expect(steps.flatMap(({ ahead = [], defer = [] }) => [...ahead, ...defer])).toEqual([]);
      expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 15 });
    },
  );

  it('or lanes, or both by turns: whatever fails, and whenever it is killed, nothing is lost or out of order', async () => {
    const scenario = fc.record({
      lanes: fc.integer({ min: 1, max: 5 }),
      maxBatch: fc.constantFrom(2, 16, 300),
      gathering: fc.option(fc.record({ delayMs: fc.constantFrom(0, 2), bytes: fc.constantFrom(60, 1_000_000) }), {
        nil: undefined,
      }),
      ways: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
      fails: fc.infiniteStream(fc.integer({ min: 0, max: 30 })),
      lifetime: fc.infiniteStream(fc.integer({ min: 1, max: 300 })),
      count: fc.integer({ min: 1, max: 400 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ lanes, maxBatch, gathering, ways, fails, lifetime, count }) => {
        const all = Array.from({ length: count }, (_, i) => (i % 11 === 10 ? `-${i}` : `m${(i * 7) % lanes}:${i}`));
        const spool = await spoolWith(...all.slice(0, count / 2));
        const taken: string[] = [];
        const afterKill: number[] = [];
        for (const [i, isShort] of [...ways, true].entries()) {
          const { spool: mortal, kill } = mortalSpool(spool);
          const isLast = i === ways.length;
          const end = isLast ? Number.POSITIVE_INFINITY : taken.length + (lifetime.next().value ?? 1);
          const mine: string[] = [];
          let isDead = false;
          const notify: Notifier['notify'] = async (deliveries) => {
            await new Promise(setImmediate);
            const failed = new Set<string>();
            return deliveries.map(({ notification: { message }, attempt, lane }): Outcome => {
              if (isDead || (attempt < 3 && fails.next().value === 0)) failed.add(lane);
              if (failed.has(lane)) return retry;
              mine.push(message);
              taken.push(message);
              if (taken.length >= end) {
                isDead = true;
                kill();
              }
              return delivered;
            });
          };
          const dispatch = start(mortal, { notify, maxBatch, ...(gathering && { gathering }) }, isShort ? {} : byLanes);
          if (i === 0) await spool.append(all.slice(count / 2).map(rawRequest));
          await until(async () => isDead || (await finished(spool)));
          await dispatch.stop(0);
          expect(new Set(mine).size).toBe(mine.length);
          for (let lane = 0; lane < lanes; lane++) {
            const places = mine.filter((text) => text.startsWith(`m${lane}:`)).map((text) => all.indexOf(text));
            expect(places).toEqual(places.toSorted((a, b) => a - b));
          }
          afterKill.push(taken.length);
        }
        await until(() => finished(spool));
        const first = [...new Set(taken)];
        expect(first.toSorted()).toEqual(deliverable(all).toSorted());
        for (let lane = 0; lane < lanes; lane++) {
          const ofLane = (text: string): boolean => text.startsWith(`m${lane}:`);
          expect(first.filter(ofLane)).toEqual(all.filter(ofLane));
        }
        expect((await spool.consumer('n')).tally.delivered).toBe(deliverable(all).length);
      }),
      { numRuns: tries(40) },
    );
  });
});
