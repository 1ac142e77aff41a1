/** What is recorded on the way of a request: when it was read and stored, when it was delivered, what it was. */
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { AcceptQueue } from '../../src/intake/accept-queue.ts';
import { Histogram, latencyBoundsMs } from '../../src/metrics/histogram.ts';
import { History, type Totals } from '../../src/metrics/history.ts';
import { IntakeRecorder } from '../../src/metrics/intake-recorder.ts';
import { Latencies } from '../../src/metrics/latencies.ts';
import { RequestCounts } from '../../src/metrics/request-counts.ts';

const request: RawRequest = { format: 'event', bytes: Buffer.from('{}') };
const requests = (count: number): readonly RawRequest[] => new Array<RawRequest>(count).fill(request);

describe('the way into the spool', () => {
  async function run(act: (queue: AcceptQueue) => Promise<void>, fail: (call: number) => boolean = () => false) {
    const recorder = new IntakeRecorder();
    let calls = 0;
    const accept = async () => {
      calls += 1;
      if (fail(calls)) throw new Error('no room');
      return { idOf: String };
    };
    const queue = new AcceptQueue(accept, { maxRequests: 10, maxPendingBytes: 1e9, onLost() {}, recorder });
    await act(queue);
    await queue.settled();
    return recorder.facts();
  }

  it('is measured for each request that was stored, however batches divide what was read', async () => {
    const facts = await run(async (queue) => {
      for (const count of [3, 25, 1, 0, 14]) queue.add(requests(count));
    });
    expect(facts.stored.count).toBe(43);
    expect(facts.batches.sum).toBe(43);
    expect(facts.refusal).toBeUndefined();
  });

  it('is not measured for what was refused; the refusal is known until something is stored', async () => {
    const refused = await run(
      async (queue) => queue.add(requests(4)),
      () => true,
    );
    expect(refused).toMatchObject({ stored: { count: 0 }, batches: { count: 0 }, refusal: { reason: 'no room' } });
    const again = await run(
      async (queue) => {
        await queue.offer(requests(2));
        await queue.offer(requests(5));
      },
      (call) => call === 1,
    );
    expect(again.stored.count).toBe(5);
    expect(again.refusal).toBeUndefined();
  });
});

describe('deliveries', () => {
  it('are measured from the receipt of each, attempts for each notification', () => {
    const latencies = new Latencies();
    const of = (...receivedAt: number[]) => receivedAt.map((at) => ({ notification: { receivedAt: at } }));
    latencies.delivered('a', of(1000, 1000, 1500, 1000), 2000, 7);
    latencies.attempted('a', { receivedAt: 0 }, 2000, 9);
    latencies.attempted('a', { receivedAt: 0 }, undefined, 11);
    latencies.delivered('a', of(), 2000, 7);
    const { delivery, attempt } = latencies.of('a');
    expect(delivery.data()).toMatchObject({ count: 5, sum: 3 * 1000 + 500 + 2000 });
    expect(attempt.data()).toMatchObject({ count: 6, sum: 4 * 7 + 9 + 11 });
  });
});

describe('requests', () => {
  it('are counted under known names only, without regard to case', () => {
    const counts = new RequestCounts();
    counts.know(['MessageNew', 'Login']);
    for (const name of ['MessageNew', 'messageNew', 'Login', 'x', '__proto__', 'other'])
      counts.usable({ class: 'EVENT', event: name });
    for (const name of ['MAIL', 'mail', 'X', '']) counts.usable({ class: name, event: '' });
    const found = Object.fromEntries(counts.all().map(({ class: name, event, count }) => [`${name} ${event}`, count]));
    expect(found).toEqual({ 'EVENT MessageNew': 2, 'EVENT Login': 1, 'EVENT other': 3, 'MAIL ': 2, 'other ': 2 });
    for (let i = 0; i < 1000; i += 1) counts.usable({ class: `C${i}`, event: `E${i}` });
    expect(counts.all().length).toBe(5);
  });
});

describe('the history', () => {
  const delivery = new Histogram(latencyBoundsMs);
  const totals = (step: number, delivered: number, names = ['a']): Totals => ({
    at: 10_000 * step,
    received: 2 * delivered,
    stored: delivery.data(),
    notifiers: new Map(names.map((name) => [name, { delivered, waiting: step, delivery: delivery.data() }])),
  });

  it('has rates and latencies by step, of the last hour', () => {
    const history = new History();
    expect(history.read()).toMatchObject({ stepMs: 10_000, at: [], notifiers: {} });
    for (let step = 0; step <= 400; step += 1) {
      if (step % 2 === 1) delivery.observe(40, 10);
      history.add(totals(step, 100 * step));
    }
    const { at, received, delivered, storedP99Ms, notifiers } = history.read();
    expect([at.length, at[0], at.at(-1)]).toEqual([360, 410_000, 4_000_000]);
    expect([new Set(received), new Set(delivered)]).toEqual([new Set([20]), new Set([10])]);
    expect(storedP99Ms.slice(-2)).toEqual([expect.closeTo(49.7), null]);
    expect(notifiers['a']?.waiting.at(-1)).toBe(400);
    expect(notifiers['a']?.p99Ms.slice(-2)).toEqual([expect.closeTo(49.7), null]);
  });

  it('forgets a notifier that is no longer configured', () => {
    const history = new History();
    for (const step of [0, 1]) history.add(totals(step, step, ['a', 'b']));
    history.add(totals(2, 2, ['b']));
    expect(Object.keys(history.read().notifiers)).toEqual(['b']);
  });

  it('knows the latency of the last minutes only', () => {
    const history = new History();
    const own = new Histogram(latencyBoundsMs);
    const add = (step: number): void =>
      history.add({
        at: 10_000 * step,
        received: 0,
        notifiers: new Map([['a', { delivered: 0, waiting: 0, delivery: own.data() }]]),
      });
    own.observe(60_000, 1000);
    expect(history.latencyOf('a', own.data())?.p50Ms).toBeGreaterThan(30_000);
    for (let step = 0; step < 40; step += 1) add(step);
    expect(history.latencyOf('a', own.data())).toBeUndefined();
    own.observe(3);
    expect(history.latencyOf('a', own.data())?.p99Ms).toBeLessThanOrEqual(5);
  });
});
