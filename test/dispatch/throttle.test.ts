import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/admin/run-command.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import { Throttle } from '../../src/dispatch/throttle.ts';
import { type Outcome, untilResumedMs } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { type Answer, dispatchOn, recipientOf } from '../admin/work.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const delivered: Outcome = { status: 'delivered' };
const paused: Outcome = { status: 'retry', reason: 'answered 429', pauseMs: minute };
const failed: Outcome = { status: 'retry', reason: 'answered 500' };

describe('a throttle', () => {
  it('lets nothing through until the pause is over, and no shorter pause ends it', () => {
    const throttle = new Throttle();
    throttle.ask(1000, 500, 'later');
    throttle.ask(1100, 100, 'soon');
    expect(throttle.limit(4, 1499)).toBe(0);
    expect(throttle.waitMs(1400)).toBe(100);
    expect(throttle.limit(4, 1500)).toBe(1);
    expect(throttle.takeChange()).toEqual({ at: 1000, until: 1500, reason: 'later', totalMs: 500 });
    expect(throttle.takeChange()).toBeUndefined();
  });

  it('counts the time of pauses once, however often they are asked for', () => {
    const throttle = new Throttle();
    throttle.ask(1000, 500, '');
    throttle.ask(1200, 500, '');
    throttle.ask(5000, 100, '');
    expect(throttle.totalMs).toBe(800);
  });

  it('raises the number of attempts slowly, and begins again when it is asked again', () => {
    const throttle = new Throttle();
    throttle.ask(0, 1, '');
    const limits: number[] = [];
    for (let i = 0; i < 24; i++) {
      limits.push(throttle.limit(4, 10));
      expect(throttle.succeeded(4)).toBe(i === 23);
    }
    expect(limits).toEqual([...Array(8).fill(1), ...Array(8).fill(2), ...Array(8).fill(3)]);
    expect(throttle.limit(4, 10)).toBe(4);
    throttle.ask(10, 1, '');
    expect(throttle.limit(4, 20)).toBe(1);
  });

  it('takes over a pause that holds, and is as usual after one that is over', () => {
    const [holds, over] = [new Throttle(), new Throttle()];
    const pause = { at: 0, until: 100, reason: '', totalMs: 100 };
    holds.takeOver(pause, 50);
    over.takeOver(pause, 150);
    expect([holds.limit(4, 60), holds.limit(4, 100), over.limit(4, 150)]).toEqual([0, 1, 4]);
  });
});

describe('a receiver that asks for a pause', () => {
  const running: Dispatch[] = [];
  let now = Date.UTC(2026, 10, 21);
  afterEach(async () => {
    await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
  });

  function start(spool: Spool, answer: Answer, own: object = {}): Dispatch {
    const dispatch = dispatchOn(spool, [recipientOf('n', answer, { retryScheduleMs: [1000], ...own })], () => now);
    running.push(dispatch);
    return dispatch;
  }
  async function spoolWith(...texts: string[]): Promise<Spool> {
    const spool = openMemorySpool({ maxBytes: 64_000_000, now: () => now, random: Math.random });
    await spool.consumer('n', 0);
    await spool.append(texts.map(rawRequest));
    return spool;
  }
  const mailboxes = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i}:1`);
  const isPaused = async (spool: Spool): Promise<boolean> => ((await spool.consumer('n')).pause?.until ?? 0) > now;
  const delivers = async (spool: Spool): Promise<number> => (await spool.consumer('n')).tally.delivered;

  /** Lets `ms` pass, and the loop come round several times. */
  async function pass(dispatch: Dispatch, ms: number): Promise<void> {
    now += ms;
    for (let i = 0; i < 5; i++) await dispatch.heartbeats().get('n');
  }

  it('gets no more than was under way, then one at a time', async () => {
    const spool = await spoolWith(...mailboxes(100));
    let [attempts, busy] = [0, 0];
    let answer: Outcome = paused;
    const atATime: number[] = [];
    const dispatch = start(spool, async () => {
      attempts++;
      atATime.push(++busy);
      await new Promise(setImmediate);
      busy--;
      return answer;
    });
    await until(() => isPaused(spool));
    await pass(dispatch, minute - 1000);
    expect(attempts).toBe(4);
    answer = delivered;
    await pass(dispatch, 1000);
    await until(async () => (await delivers(spool)) === 100);
    expect(Math.max(...atATime.slice(4, 12))).toBe(1);
    expect(Math.max(...atATime.slice(4, 20))).toBe(2);
    expect(Math.max(...atATime.slice(4))).toBe(4);
    expect(attempts).toBe(104);
  });

  it('gets about one a second where it takes one a second', async () => {
    const count = 30;
    const spool = await spoolWith(...mailboxes(count));
    let [takenAt, refused] = [0, 0];
    const begun = now;
    const dispatch = start(spool, async () => {
      await new Promise(setImmediate);
      if (now - takenAt < 1000) {
        refused++;
        return { ...paused, pauseMs: 1000 };
      }
      takenAt = now;
      return delivered;
    });
    while ((await delivers(spool)) < count) {
      await until(async () => (await isPaused(spool)) || (await delivers(spool)) === count);
      await pass(dispatch, Math.max(0, ((await spool.consumer('n')).pause?.until ?? 0) - now));
    }
    expect((now - begun) / 1000).toBeLessThanOrEqual(count + 1);
    expect(refused).toBeLessThanOrEqual(count + 4);
  });

  it('does not count as failing: no attempt is recorded, no breaker opens, and retry_for stands still', async () => {
    const spool = await spoolWith('a:1');
    let answers: Outcome[] = [failed, paused, paused, failed];
    const breaker = { failures: 2, pauseMs: 1000, longestPauseMs: 1000 };
    const dispatch = start(spool, () => answers.shift() ?? delivered, { retryForMs: 5000, breaker });
    const attempted = async (): Promise<number> => (await spool.deferred('n', 0, 1))[0]?.attempts.length ?? 0;
    await until(async () => (await attempted()) === 1);
    await pass(dispatch, 2000);
    await until(() => isPaused(spool));
    const first = (await spool.consumer('n')).pause?.until;
    await pass(dispatch, minute);
    await until(() => answers.length === 1);
    // From its moment on the pause is counted: only then may time go on.
    await until(async () => (await spool.consumer('n')).pause?.until !== first);
    expect(dispatch.states().get('n')?.breaker).toBe('closed');
    await pass(dispatch, minute);
    // Two minutes later than retry_for allows, had the pauses counted.
    await until(async () => (await attempted()) === 2);
    expect((await spool.consumer('n')).dead).toBe(0);
    answers = [failed];
    await pass(dispatch, 10_000);
    await until(async () => (await spool.consumer('n')).dead === 1);
    const [letter] = await spool.dead('n', 0, 1);
    expect(letter?.attempts).toHaveLength(3);
  });

  it('is obeyed for as long as retry_after_max says, and not at all when that is 0', async () => {
    const spool = await spoolWith('a:1');
    start(spool, () => paused, { retryAfterMaxMs: 7000 });
    await until(() => isPaused(spool));
    const { at = 0, until: end = 0 } = (await spool.consumer('n')).pause ?? {};
    expect(end - at).toBe(7000);
    const other = await spoolWith('a:1');
    start(other, () => paused, { retryAfterMaxMs: 0 });
    await until(async () => (await other.deferred('n', 0, 1))[0]?.attempts.length === 1);
    expect(await isPaused(other)).toBe(false);
  });

  it('is left alone by the next process too', async () => {
    const spool = await spoolWith('a:1', 'b:1');
    const first = start(spool, () => paused);
    await until(() => isPaused(spool));
    await first.stop(0);
    let attempts = 0;
    const second = start(spool, () => {
      attempts++;
      return delivered;
    });
    await pass(second, minute - 1000);
    expect(attempts).toBe(0);
    await pass(second, 1000);
    await until(async () => (await delivers(spool)) === 2);
  });

  it('is attempted at once when an administrator says so, and the time left counts again', async () => {
    const spool = await spoolWith('a:1', 'b:1');
    let answer: Outcome = paused;
    const dispatch = start(spool, () => answer);
    await until(() => isPaused(spool));
    answer = delivered;
    now += 10_000;
    const about = () => ({ class: '', event: '', user: '', mailbox: '' });
    const tools = {
      ...{ spool, about, now: () => now, lane: () => undefined, notifiers: () => [] },
      standings: () => dispatch.states(),
      pause: dispatch.pause,
    };
    const rows = runCommand(tools, { command: 'status' });
    const { value } = await rows.next();
    expect(value).toMatchObject({ row: { receiverPause: { reason: 'answered 429' } } });
    for await (const _ of runCommand(tools, { command: 'retry', from: 'queue', selection: { ids: [] } }));
    await until(async () => (await delivers(spool)) === 2);
    const { at = 0, until: end = 0, totalMs } = (await spool.consumer('n')).pause ?? {};
    // Dispatch's clock goes on by itself, and the second of the two may have asked a moment after the first.
    expect(totalMs).toBeGreaterThanOrEqual(end - at);
    expect(totalMs).toBeLessThan(minute / 2);
    expect(end).toBeGreaterThanOrEqual(now);
    expect(end).toBeLessThan(now + minute / 2);
  });

  const gone: Outcome = { status: 'retry', reason: 'answered 410', pauseMs: untilResumedMs };

  it('for good is left alone until somebody resumes it, however short a pause may be, and status says so', async () => {
    const spool = await spoolWith('a:1');
    let answer: Outcome = gone;
    let attempts = 0;
    const dispatch = start(
      spool,
      () => {
        attempts += 1;
        return answer;
      },
      { retryAfterMaxMs: minute, retryForMs: minute },
    );
    await until(() => isPaused(spool));
    await pass(dispatch, 300 * 86_400_000);
    expect(attempts).toBe(1);
    const about = () => ({ class: '', event: '', user: '', mailbox: '' });
    const tools = {
      ...{ spool, about, now: () => now, lane: () => undefined, notifiers: () => [] },
      standings: () => dispatch.states(),
      pause: dispatch.pause,
    };
    const { value } = await runCommand(tools, { command: 'status' }).next();
    expect(value).toMatchObject({ row: { receiverPause: { reason: 'answered 410', isEndless: true } } });
    answer = delivered;
    for await (const _ of runCommand(tools, { command: 'resume', notifier: 'n' }));
    await until(async () => (await delivers(spool)) === 1);
  });

  it('for good is tried once when it is started again', async () => {
    const spool = await spoolWith('a:1', 'b:1', 'c:1');
    let attempts = 0;
    const answer = (): Outcome => {
      attempts += 1;
      return gone;
    };
    const own = { concurrency: 1 };
    await until(() => isPaused(spool).then((is) => is || (running.length === 0 && start(spool, answer, own) && false)));
    await running.splice(0)[0]?.stop(0);
    expect(attempts).toBe(1);
    now += minute;
    const dispatch = start(spool, answer, own);
    await until(() => attempts === 2);
    await until(async () => ((await spool.consumer('n')).pause?.at ?? 0) >= now);
    await pass(dispatch, minute);
    expect(attempts).toBe(2);
    // Of the time without attempts only that is counted that has passed, and the pause that is on.
    expect((await spool.consumer('n')).pause?.totalMs).toBeLessThan(untilResumedMs + 2 * minute);
  });
});

describe('a clock that is set back', () => {
  const running: Dispatch[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
  });
  const hour = 3_600_000;

  async function spoolAt(now: () => number): Promise<Spool> {
    const spool = openMemorySpool({ maxBytes: 64_000_000, now, random: Math.random });
    await spool.consumer('n', 0);
    await spool.append([rawRequest('a:1')]);
    return spool;
  }

  it.each([
    ['what is deferred', failed, {}],
    ['what waits for a pause to be over', { ...paused, pauseMs: 20 }, {}],
    ['a notifier whose breaker is open', failed, { breaker: { failures: 1, pauseMs: 20, longestPauseMs: 20 } }],
    ['one whose rate is limited', failed, { rate: { count: 1, perMs: 20 } }],
  ] as const)('does not hold up %s', async (_, first, own) => {
    let now = Date.now();
    const spool = await spoolAt(() => now);
    let attempts = 0;
    const answer: Answer = () => {
      attempts++;
      if (attempts > 1) return delivered;
      now -= hour;
      return first;
    };
    running.push(dispatchOn(spool, [recipientOf('n', answer, { retryScheduleMs: [20], ...own })], () => now));
    await until(async () => (await spool.consumer('n')).tally.delivered === 1);
  });

  it('between two processes does not hold up what the first has deferred', async () => {
    let now = Date.now();
    const spool = await spoolAt(() => now);
    const first = dispatchOn(spool, [recipientOf('n', () => failed, { retryScheduleMs: [50] })], () => now);
    await until(async () => (await spool.consumer('n')).deferred === 1);
    await first.stop(0);
    now -= hour;
    running.push(dispatchOn(spool, [recipientOf('n', () => delivered)], () => now));
    await until(async () => (await spool.consumer('n')).tally.delivered === 1);
  });
});
