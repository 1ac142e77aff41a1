import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import { Heartbeat } from '../../src/dispatch/wakeup.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const settled = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);

describe('the heartbeat of a loop', () => {
  it('comes only when the loop comes round, which it is woken for', async () => {
    let woken = 0;
    const heartbeat = new Heartbeat(() => {
      woken += 1;
    });
    heartbeat.beat();
    const [first, second] = [heartbeat.next(), heartbeat.next()];
    expect(woken).toBe(2);
    expect(await settled(first)).toBe(false);
    heartbeat.beat();
    expect(await settled(first)).toBe(true);
    expect(await settled(second)).toBe(true);
    expect(await settled(heartbeat.next())).toBe(false);
  });

  it('comes at once while the loop is paused for others, also for what was asked before', async () => {
    const heartbeat = new Heartbeat(() => {});
    const before = heartbeat.next();
    heartbeat.pause();
    expect(await settled(before)).toBe(true);
    expect(await settled(heartbeat.next())).toBe(true);
    heartbeat.beat();
    expect(await settled(heartbeat.next())).toBe(false);
  });
});

const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

describe('the consumers', () => {
  const policy = {
    ...{
      concurrency: 1,
      attemptTimeoutMs: 60_000,
      retryScheduleMs: [1],
      retryForMs: 60_000,
      retryAfterMaxMs: 86_400_000,
    },
    breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
  };

  /** A notifier that hangs in its first attempt. */
  function hanging(): Recipient & { readonly begun: () => boolean } {
    let begun = false;
    return {
      begun: () => begun,
      name: 'crm',
      policy,
      notifier: {
        maxBatch: 1,
        notify: (_, signal) => {
          begun = true;
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
        async close() {},
      },
      route: ({ id, receivedAt }) => ({
        kind: 'deliver',
        lane: '',
        notification: {
          ...{ id, receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
          ...{ options: [], message: '', payload: {} },
        },
      }),
    };
  }

  async function start(recipient: Recipient, wrap: (spool: Spool) => Spool = (spool) => spool) {
    const spool = openMemorySpool({ maxBytes: 2 ** 20, now: Date.now, random: Math.random, onDiscard() {} });
    await spool.consumer('crm');
    const dispatch = startDispatch([recipient], {
      ...{ spool: wrap(spool), log: pino({ level: 'silent' }), now: Date.now, random: Math.random },
      observer: quietObserver,
    });
    running.push(dispatch);
    const alive = (): Promise<void> => dispatch.heartbeats().get('crm') ?? Promise.reject(new Error('no consumer'));
    return { spool, dispatch, alive };
  }

  it('come round when they are asked to: asleep, and while an attempt hangs', async () => {
    const recipient = hanging();
    const { spool, alive } = await start(recipient);
    for (let i = 0; i < 3; i += 1) await alive();
    await spool.append([rawRequest('one')]);
    await until(recipient.begun);
    for (let i = 0; i < 3; i += 1) await alive();
  });

  it('count as alive while somebody has stopped them to look at what they have', async () => {
    const { dispatch, alive } = await start(hanging());
    let leave = (): void => {};
    let inside = false;
    const visit = dispatch.pause('crm', () => {
      inside = true;
      return new Promise<void>((resolve) => {
        leave = resolve;
      });
    });
    await until(() => inside);
    await alive();
    leave();
    await visit;
    await alive();
  });

  it('do not come round while the spool keeps them waiting, and answer when they are stopped', async () => {
    const gate: { hold: boolean; free?: () => void } = { hold: false };
    const { spool, dispatch, alive } = await start(hanging(), (inner) => {
      const read: Spool['read'] = async (after, limit) => {
        if (gate.hold) {
          await new Promise<void>((resolve) => {
            gate.free = resolve;
          });
        }
        return inner.read(after, limit);
      };
      return new Proxy(inner, {
        get(target, key) {
          const value: unknown = key === 'read' ? read : Reflect.get(target, key);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    });
    await alive();
    gate.hold = true;
    await spool.append([rawRequest('one')]);
    await until(() => gate.free !== undefined);
    const asked = alive();
    for (let i = 0; i < 10; i += 1) expect(await settled(asked)).toBe(false);
    gate.hold = false;
    gate.free?.();
    await asked;
    const last = alive();
    await Promise.all([dispatch.stop(0), last]);
    expect(dispatch.heartbeats()).toEqual(new Map());
  });
});
