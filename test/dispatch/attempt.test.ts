import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attempt } from '../../src/dispatch/attempt.ts';
import { SignalPool } from '../../src/dispatch/call-time.ts';
import { deliveryOf, type Item, type Lane } from '../../src/dispatch/lane.ts';
import {
  type Delivery,
  type Extend,
  type Notifier,
  type Outcome,
  settlesWithinMs,
} from '../../src/notifier/notifier.ts';
import { eventNotification } from '../notifier/samples.ts';

const attemptTimeoutMs = 15_000;
const delivered: Outcome = { status: 'delivered' };

interface Call {
  readonly deliveries: readonly Delivery[];
  readonly signal: AbortSignal;
  readonly extend: Extend;
  answer(outcomes: readonly Outcome[]): void;
}

const policy = {
  ...{ concurrency: 1, attemptTimeoutMs, retryScheduleMs: [1], retryForMs: 60_000, retryAfterMaxMs: 0 },
  breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
};

function lane(key: string): Lane {
  return { key, queue: [], underWay: [], deferred: 0 };
}

function item(position: number, attempts: Item['attempts'] = []): Item {
  const request = { format: 'datagram', bytes: Buffer.from('') } as const;
  const entry = { position, id: `0000-${position}`, receivedAt: 0, request };
  return { entry, notification: eventNotification(entry.id), attempts, pausedMs: 0, deferred: false };
}

describe('an attempt', () => {
  let kill: AbortController;
  let calls: Call[];
  let signals: SignalPool;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    kill = new AbortController();
    calls = [];
    signals = new SignalPool();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(kill.signal, 'abort')).toEqual([]);
    vi.useRealTimers();
  });

  function start(started = [{ item: item(1), lane: lane('a') }]) {
    const notifier: Notifier = {
      maxBatch: 8,
      notify: (deliveries, signal, extend = () => {}) =>
        new Promise((answer) => calls.push({ deliveries, signal, extend, answer })),
      close: async () => {},
    };
    const recipient = { name: 'crm', notifier, policy, route: () => expect.fail('nothing is examined') };
    const log = { error() {}, warn() {} };
    const result = attempt(recipient, started.map(deliveryOf), { now: Date.now, log, signals }, kill.signal);
    const call = calls.at(-1);
    if (call === undefined) throw new Error('the notifier was not called');
    return { call, result };
  }

  it('says of each delivery which attempt it is, and in which lane', async () => {
    const before = { at: 0, durationMs: 1, outcome: 'retry', reason: 'not now' } as const;
    const { call, result } = start([
      { item: item(1, [before, before]), lane: lane('a') },
      { item: item(2), lane: lane('b') },
    ]);
    expect(call.deliveries).toMatchObject([
      { notification: { id: '0000-1' }, attempt: 3, lane: 'a' },
      { notification: { id: '0000-2' }, attempt: 1, lane: 'b' },
    ]);
    call.answer([delivered, delivered]);
    expect(await result).toMatchObject({ outcomes: [delivered, delivered] });
    expect(call.signal.aborted).toBe(false);
  });

  it('is ended with the reason timeout when its time is over, and what it answers then counts', async () => {
    const { call, result } = start();
    vi.advanceTimersByTime(attemptTimeoutMs - 1);
    expect(call.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(call.signal).toMatchObject({ aborted: true, reason: 'timeout' });
    call.answer([{ status: 'retry', reason: 'too late' }]);
    const { outcomes, stillGoing } = await result;
    expect(outcomes).toEqual([{ status: 'retry', reason: 'too late' }]);
    expect(stillGoing).toBeUndefined();
  });

  it('has as much time as it asks for, from then on', async () => {
    const { call, result } = start();
    vi.advanceTimersByTime(attemptTimeoutMs - 1);
    call.extend(600_000);
    vi.advanceTimersByTime(599_999);
    expect(call.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(call.signal.reason).toBe('timeout');
    call.extend(600_000);
    call.answer([delivered]);
    await result;
    call.extend(600_000);
  });

  it('has a signal that no earlier attempt listens to, or that has aborted', async () => {
    const seen = new Set<AbortSignal>();
    for (const spoil of [
      (signal: AbortSignal) => signal.addEventListener('abort', () => {}),
      () => vi.advanceTimersByTime(attemptTimeoutMs),
      () => {},
    ]) {
      const { call, result } = start();
      expect(call.signal.aborted).toBe(false);
      expect(getEventListeners(call.signal, 'abort')).toEqual([]);
      expect(seen.has(call.signal)).toBe(false);
      seen.add(call.signal);
      spoil(call.signal);
      call.answer([delivered]);
      await result;
    }
  });

  it('is abandoned when it does not end after its time', async () => {
    const { call, result } = start();
    vi.advanceTimersByTime(attemptTimeoutMs + settlesWithinMs.timeout - 1);
    expect(await Promise.race([result, Promise.resolve('still going')])).toBe('still going');
    await vi.advanceTimersByTimeAsync(1);
    const { outcomes, stillGoing } = await result;
    expect(outcomes).toMatchObject([{ status: 'retry' }]);
    call.answer([delivered]);
    await stillGoing;
  });

  it('is ended with the reason shutdown when the daemon ends, and abandoned soon', async () => {
    const { call, result } = start();
    kill.abort();
    expect(call.signal.reason).toBe('shutdown');
    await vi.advanceTimersByTimeAsync(settlesWithinMs.shutdown);
    expect(await result).toHaveProperty('stillGoing');
  });

  it('whose time was over is waited for no longer than the others when the daemon ends', async () => {
    const { call, result } = start();
    vi.advanceTimersByTime(attemptTimeoutMs);
    kill.abort();
    expect(call.signal.reason).toBe('timeout');
    await vi.advanceTimersByTimeAsync(settlesWithinMs.shutdown);
    expect(await result).toHaveProperty('stillGoing');
  });
});
