/** A notifier that wants full calls: what waits for more, for how long, and what does not wait. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import { GatheringTime } from '../../src/dispatch/gathering-time.ts';
import type { Route } from '../../src/examine/route.ts';
import type { Gathering, Notifier, Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };
/** Nobody lives to see the end of it. */
const forEver = 86_400_000;

/** A request `lane:anything` goes to its lane. */
function route(entry: Entry): Route {
  const message = Buffer.from(entry.request.bytes).toString();
  const notification = {
    ...{ id: entry.id, receivedAt: entry.receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
    ...{ options: [], message, payload: {} },
  };
  return { kind: 'deliver', notification, lane: message.split(':')[0] ?? '' };
}

let spool: Spool;
let dispatch: Dispatch;
beforeEach(async () => {
  spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  await spool.consumer('n', 0);
});
afterEach(() => dispatch.stop(0));

/** Begins a dispatch whose notifier takes `maxBatch`; answers the calls that it makes. */
function start(maxBatch: number, gathering: Gathering, answer = (_: number): Outcome => delivered) {
  const calls: string[][] = [];
  const notify: Notifier['notify'] = async (deliveries) => {
    calls.push(deliveries.map(({ notification }) => notification.message));
    return deliveries.map(() => answer(calls.length));
  };
  const notifier = { maxBatch, gathering, notify, close: async () => {} };
  const policy = {
    ...{ concurrency: 4, attemptTimeoutMs: 60_000, retryScheduleMs: [1], retryForMs: 60_000, retryAfterMaxMs: 0 },
    breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
  };
  const parts = { spool, log: pino({ level: 'silent' }), observer: quietObserver, now: Date.now, random: Math.random };
  dispatch = startDispatch([{ name: 'n', notifier, policy, route }], parts);
  return calls;
}

const append = (...texts: string[]): Promise<unknown> => spool.append(texts.map(rawRequest));
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i % 3}:${i}`);

describe('a call', () => {
  it('is made when it is full, in the order of each lane, and the rest waits', async () => {
    const calls = start(4, { delayMs: forEver, bytes: 1_000_000 });
    for (const text of texts(10)) await append(text);
    await until('two calls', () => calls.length === 2);
    await dispatch.stop(1000);
    expect(calls.map((call) => call.length)).toEqual([4, 4]);
    for (const lane of ['m0', 'm1', 'm2']) {
      const mine = calls.flat().filter((text) => text.startsWith(lane));
      expect(mine).toEqual(
        texts(10)
          .filter((text) => text.startsWith(lane))
          .slice(0, mine.length),
      );
    }
    // Two of them were not attempted: a clean stop leaves them to the next start.
    expect(await spool.consumer('n')).toMatchObject({ tally: { delivered: 8 } });
  });

  it('is full as well when the requests that wait have the bytes of one', async () => {
    const calls = start(1000, { delayMs: forEver, bytes: 30 });
    await append('a:0123456789', 'b:0123456789', 'c:0123456789');
    await until('a call', () => calls.length === 1);
    expect(calls.flat()).toHaveLength(3);
  });

  it('is filled from more lanes than may be under way one by one, and from more entries than a window has', async () => {
    const calls = start(500, { delayMs: forEver, bytes: 1_000_000 });
    await append(...Array.from({ length: 500 }, (_, i) => `lane-${i}:x`));
    await until('a call', () => calls.length === 1);
    expect(calls[0]).toHaveLength(500);
  });

  it('is made with what there is when its delay is over', async () => {
    const calls = start(1000, { delayMs: 20, bytes: 1_000_000 });
    await append(...texts(3));
    await until('a call', () => calls.flat().length === 3);
  });

  it('that failed is made again as one', async () => {
    const calls = start(50, { delayMs: 0, bytes: 1_000_000 }, () => (calls.length === 1 ? retry : delivered));
    await append(...Array.from({ length: 50 }, (_, i) => `lane-${i}:x`));
    await until('a second call', () => calls.length >= 2);
    expect(calls[1]?.toSorted()).toEqual(calls[0]?.toSorted());
  });
});

describe('the time', () => {
  const ready = (count: number, bytes = count) => ({ ready: () => ({ count, bytes }) });

  it('begins with the first that could go, and ends', () => {
    const time = new GatheringTime({ maxBatch: 10, gathering: { delayMs: 100, bytes: 1000 } });
    expect([time.holds(ready(0), 1000), time.waitMs(1000)]).toEqual([false, undefined]);
    expect([time.holds(ready(1), 2000), time.waitMs(2040)]).toEqual([true, 60]);
    expect([time.holds(ready(9), 2099), time.waitMs(2099)]).toEqual([true, 1]);
    expect([time.holds(ready(9), 2100), time.waitMs(2100)]).toEqual([false, undefined]);
    time.took(9);
    expect(time.holds(ready(0), 2100)).toBe(false);
    expect(time.holds(ready(1), 2101)).toBe(true);
  });

  it('has passed for what a limit of the rate leaves, and begins anew after a full call', () => {
    const time = new GatheringTime({ maxBatch: 10, gathering: { delayMs: 100, bytes: 1000 } });
    time.holds(ready(5), 1000);
    time.took(2);
    expect(time.holds(ready(3), 1100)).toBe(false);
    time.took(10);
    expect(time.holds(ready(3), 1100)).toBe(true);
  });

  it.each([[undefined], [{ delayMs: 0, bytes: 1000 }]])('is none where none is asked for: %j', (gathering) => {
    const time = new GatheringTime(gathering === undefined ? { maxBatch: 10 } : { maxBatch: 10, gathering });
    expect(time.holds({ ready: () => expect.fail('nobody counts') }, 0)).toBe(false);
  });
});
