import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { DispatchPolicy } from '../../src/dispatch/recipient.ts';
import type { Notifier, Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const delivered: Outcome = { status: 'delivered' };
const policy: DispatchPolicy = {
  concurrency: 1,
  attemptTimeoutMs: 5,
  retryScheduleMs: [1],
  retryForMs: 60_000,
  retryAfterMaxMs: 86_400_000,
  breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
};

type Call = (message: string, attempt: number, signal: AbortSignal) => Promise<Outcome>;

function notifierOf(call: Call): Notifier {
  return {
    maxBatch: 1,
    notify: (deliveries, signal) =>
      Promise.all(deliveries.map(({ notification, attempt }) => call(notification.message, attempt, signal))),
    async close() {},
  };
}

/** Calls that do not settle, whatever their signal says, until they are let go. */
function neverEnding() {
  const letGo: ((outcome: Outcome) => void)[] = [];
  const hang = (): Promise<Outcome> => new Promise((resolve) => letGo.push(resolve));
  return { letGo, hang };
}

async function spoolWith(...texts: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 1_000_000, now: Date.now, random: Math.random });
  await spool.consumer('crm', 0);
  await spool.append(texts.map(rawRequest));
  return spool;
}

const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

/** A request `lane:anything` goes to its lane. `lines`: messages of the log at level error. */
function start(spool: Spool, notifier: Notifier, own = policy) {
  const lines: string[] = [];
  const reasons: string[] = [];
  const write = (line: string): void => {
    lines.push(String(JSON.parse(line).msg));
  };
  const dispatch = startDispatch(
    [
      {
        name: 'crm',
        notifier,
        policy: own,
        route: ({ id, receivedAt, request }) => {
          const message = Buffer.from(request.bytes).toString();
          const nothing = { class: 'EVENT', method: '', priority: '', user: '', mailbox: '', options: [], payload: {} };
          return {
            kind: 'deliver',
            lane: message.split(':')[0] ?? '',
            notification: { ...nothing, id, receivedAt, message },
          };
        },
      },
    ],
    {
      ...{ spool, now: Date.now, random: Math.random, patience: { timeout: 5, shutdown: 5 } },
      log: pino({ level: 'error' }, { write }),
      observer: {
        ...quietObserver,
        attempted: (_, __, outcome) => void (outcome.status === 'retry' && reasons.push(outcome.reason)),
      },
    },
  );
  running.push(dispatch);
  return { dispatch, lines, reasons };
}

async function tallyOf(spool: Spool) {
  const { cursor, deferred, dead, tally } = await spool.consumer('crm');
  return { cursor, deferred, dead, delivered: tally.delivered };
}

describe('an attempt that never ends', () => {
  it('is given up and made again, before what comes after it in its mailbox, and its late answer counts for nothing', async () => {
    const { letGo, hang } = neverEnding();
    const seen: string[] = [];
    const spool = await spoolWith('a:1', 'a:2', 'b:3');
    const { lines, reasons } = start(
      spool,
      notifierOf(async (message, attempt) => {
        if (message !== 'b:3' && attempt <= 2) return hang();
        seen.push(message);
        return delivered;
      }),
    );
    await until(async () => (await tallyOf(spool)).delivered === 3);
    expect(seen.filter((message) => message.startsWith('a'))).toEqual(['a:1', 'a:2']);
    expect(reasons).toHaveLength(4);
    for (const reason of reasons) expect(reason).toMatch(/^abandoned: crm .* [\d.]+ s$/);
    expect(lines).toHaveLength(1);
    const settled = { cursor: 3, deferred: 0, dead: 0, delivered: 3 };
    expect(await tallyOf(spool)).toEqual(settled);
    for (const end of letGo) end(delivered);
    await spool.append([rawRequest('b:4')]);
    await until(async () => (await tallyOf(spool)).delivered > 3);
    expect(await tallyOf(spool)).toEqual({ ...settled, cursor: 4, delivered: 4 });
  });

  it('is told to end before it is given up, and its answer counts when it obeys', async () => {
    const spool = await spoolWith('a:1');
    const { lines, reasons } = start(
      spool,
      notifierOf((_, attempt, signal) =>
        attempt > 1
          ? Promise.resolve(delivered)
          : new Promise((resolve) => {
              signal.addEventListener('abort', () => resolve({ status: 'retry', reason: 'as you say' }));
            }),
      ),
    );
    await until(async () => (await tallyOf(spool)).delivered === 1);
    expect(reasons).toEqual(['as you say']);
    expect(lines).toEqual([]);
  });

  it('holds no other mailbox back from being tried again, though it was deferred itself', async () => {
    const { hang } = neverEnding();
    const seen: string[] = [];
    let underWay = false;
    const spool = await spoolWith('a:1', 'b:2');
    const call: Call = async (message, attempt) => {
      if (attempt === 1) return { status: 'retry', reason: 'not now' };
      if (message === 'a:1') {
        underWay = true;
        return hang();
      }
      // It is due again only when the other one is under way.
      if (!underWay || attempt === 2) return { status: 'retry', reason: 'not yet' };
      seen.push(message);
      return delivered;
    };
    start(spool, notifierOf(call), { ...policy, attemptTimeoutMs: 60_000, concurrency: 2 });
    await until(() => seen.length > 0);
    expect(await tallyOf(spool)).toMatchObject({ cursor: 2, dead: 0 });
  });

  it('is waited for as long as it may take', async () => {
    const { letGo, hang } = neverEnding();
    const spool = await spoolWith('a:1', 'a:2');
    const quick = notifierOf(() => Promise.resolve(delivered));
    const slow = notifierOf((message) => (message === 'a:1' ? hang() : Promise.resolve(delivered)));
    const { dispatch, reasons } = start(spool, slow, { ...policy, attemptTimeoutMs: 2 ** 33 });
    await until(() => letGo.length === 1);
    // More time passes than the other one's limit takes.
    const other = await spoolWith('a:1');
    start(other, quick);
    await until(async () => (await tallyOf(other)).delivered === 1);
    for (let round = 0; round < 5; round++) await dispatch.heartbeats().get('crm');
    letGo[0]?.(delivered);
    await until(async () => (await tallyOf(spool)).delivered === 2);
    expect(reasons).toEqual([]);
  });

  it('does not outlast a stop: what it was to deliver is left to the next, and no attempt is counted', async () => {
    const { letGo, hang } = neverEnding();
    const spool = await spoolWith('a:1', 'a:2');
    const { dispatch } = start(spool, notifierOf(hang), { ...policy, attemptTimeoutMs: 60_000 });
    await until(() => letGo.length === 1);
    await dispatch.stop(0);
    expect((await spool.deferred('crm', 0, 10)).map(({ attempts }) => attempts.length)).toEqual([0, 0]);
    const seen: string[] = [];
    start(
      spool,
      notifierOf(async (message) => {
        seen.push(message);
        return delivered;
      }),
    );
    await until(async () => (await tallyOf(spool)).delivered === 2);
    letGo[0]?.(delivered);
    await spool.append([rawRequest('a:3')]);
    await until(async () => (await tallyOf(spool)).delivered > 2);
    expect(await tallyOf(spool)).toEqual({ cursor: 3, deferred: 0, dead: 0, delivered: 3 });
    expect(seen).toEqual(['a:1', 'a:2', 'a:3']);
  });

  it('has no end of its like only up to a bound: then the watchdog hears no more, until one has ended', async () => {
    const { letGo, hang } = neverEnding();
    const spool = await spoolWith('a:1');
    const { dispatch, lines } = start(
      spool,
      notifierOf(() => (letGo.length < 64 ? hang() : Promise.resolve(delivered))),
    );
    const stuck = 'too many hung attempts; not starting more until one finishes';
    await until(() => lines.includes(stuck));
    expect(letGo).toHaveLength(64);
    const alive = dispatch.heartbeats().get('crm');
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(await Promise.race([alive, Promise.resolve('silent')])).toBe('silent');
    expect((await tallyOf(spool)).delivered).toBe(0);
    letGo[0]?.(delivered);
    await alive;
    await until(async () => (await tallyOf(spool)).delivered === 1);
    expect(lines.filter((line) => line === stuck)).toHaveLength(1);
  });
});
