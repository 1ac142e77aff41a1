/** Holding events back: what goes at once, what is coalesced, what is never sent, and that nothing is lost meanwhile. */
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/base/request.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import type { HoldPolicy } from '../../src/dispatch/recipient.ts';
import type { Messages } from '../../src/examine/messages.ts';
import type { Route } from '../../src/examine/route.ts';
import type { Notifier, Outcome } from '../../src/notifier/notifier.ts';
import type { Progress, Spool } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { tries } from '../support/long.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };

const textOf = (entry: Entry): string => Buffer.from(entry.request.bytes).toString();

/** `KEY EVENT UID`; one that begins with `-` is filtered. */
let refused: (text: string) => boolean = () => false;
function route(entry: Entry): Route {
  const message = textOf(entry);
  if (message.startsWith('-') || refused(message)) {
    return { kind: 'filtered', reason: { option: 'test', detail: message } };
  }
  const notification = {
    ...{ id: entry.id, receivedAt: entry.receivedAt, class: 'EVENT', method: '', priority: '', user: '', mailbox: '' },
    ...{ options: [], message, payload: {} },
  };
  return { kind: 'deliver', notification, lane: message.split(' ')[0] ?? '' };
}
const together = (entry: Entry): string | undefined => textOf(entry).split(' ')[0];
function messages(entry: Entry): Messages | undefined {
  const [mailbox = '', event = '', uid = ''] = textOf(entry).split(' ');
  const [first = 0, last = first] = uid.split(':').map(Number);
  return first === 0 ? undefined : { event, mailbox, uids: [{ first, last }] };
}

/** What was sent: the text, and behind `x` how many it stands for. */
let sent: string[];
let answer: (text: string) => Outcome;
let clock: number;
let spool: Spool;
let dispatch: Dispatch;

beforeEach(async () => {
  [sent, answer, clock, refused] = [[], () => delivered, 1_000_000, () => false];
  spool = openMemorySpool({ maxBytes: 64_000_000, now: () => clock, random: Math.random });
  await spool.consumer('n', 0);
});
afterEach(() => dispatch.stop(0));

function start(hold: HoldPolicy | undefined): void {
  const notifier: Notifier = {
    maxBatch: 1,
    async notify([delivery]) {
      if (delivery === undefined) return [];
      const outcome = answer(delivery.notification.message);
      const count = delivery.notification.coalesced?.count;
      if (outcome.status === 'delivered') {
        sent.push(`${delivery.notification.message}${count === undefined ? '' : ` x${count}`}`);
      }
      return [outcome];
    },
    close: async () => {},
  };
  const policy = {
    ...{ concurrency: 4, attemptTimeoutMs: 60_000, retryScheduleMs: [1], retryForMs: 60_000, retryAfterMaxMs: 0 },
    ...{ breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 }, hold },
  };
  const parts = {
    ...{ spool, log: pino({ level: 'silent' }), observer: quietObserver },
    ...{ now: () => clock, random: Math.random },
  };
  dispatch = startDispatch([{ name: 'n', notifier, policy, route, together, messages }], parts);
}
async function restart(hold: HoldPolicy | undefined): Promise<void> {
  await dispatch.stop(1000);
  start(hold);
}

const append = (...texts: string[]): Promise<unknown> => spool.append(texts.map(rawRequest));
/** The clock of dispatch goes on beside that of the test, by what the test takes. */
const meanwhileMs = 900;
/** All that was appended has been read, and nothing is due. */
async function settled(): Promise<void> {
  await append('-');
  await until(async () => {
    const { last } = await spool.state();
    const { cursor } = await spool.consumer('n');
    const [due] = await spool.due('n', clock + meanwhileMs, 1);
    return cursor === last && due === undefined;
  });
}
async function pass(ms: number): Promise<void> {
  clock += ms;
  await settled();
}
async function audit(): Promise<void> {
  const { last } = await spool.state();
  const { origin, cursor, deferred, dead, tally } = await spool.consumer('n');
  const { delivered: sentOf = 0, filtered, coalesced = 0, dropped, damaged } = tally;
  expect(sentOf + filtered + coalesced + dropped + damaged + deferred + dead).toBe(cursor - origin);
  expect(cursor).toBe(last);
}
const events = (key: string, count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => `${key} e${from + i}`);

describe('throttle', () => {
  const hold = { throttle: { count: 1, perMs: minute } };

  it('lets the first go at once and the rest of the period as one', async () => {
    start(hold);
    await append(...events('a', 5), 'b e1');
    await settled();
    expect(sent).toEqual(['a e1', 'b e1']);
    await pass(minute - 2000);
    expect(sent).toHaveLength(2);
    await pass(2000);
    expect(sent.slice(2)).toEqual(['a e5 x4']);
    // With that the next period has begun.
    await append('a e6');
    await settled();
    expect(sent).toHaveLength(3);
    await pass(minute);
    expect(sent.slice(3)).toEqual(['a e6']);
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 4, coalesced: 3 });
    await audit();
  });

  it('lets so many go at once', async () => {
    start({ throttle: { count: 3, perMs: minute } });
    await append(...events('a', 7));
    await settled();
    expect(sent).toEqual(['a e1', 'a e2', 'a e3']);
    await pass(minute);
    await append(...events('a', 4, 8));
    await settled();
    expect(sent.slice(3)).toEqual(['a e7 x4', 'a e8', 'a e9']);
  });

  it('says when the first was received, and which stands for an entry', async () => {
    const steps: Progress[] = [];
    const before = spool;
    spool = changedSpool(before, {
      commit: (name, progress) => {
        steps.push(progress);
        return before.commit(name, progress);
      },
    });
    start(hold);
    await append('a e1');
    await settled();
    clock += 1000;
    await append('a e2');
    await settled();
    clock += 1000;
    await append('a e3');
    await settled();
    const [second] = await spool.deferred('n', 0, 1);
    const [, third] = await spool.deferred('n', 0, 2);
    answer = () => retry;
    await append('-');
    clock += minute;
    await append('-');
    await until(async () => (await spool.deferred('n', 0, 2)).length === 1);
    await until(async () => ((await spool.deferred('n', 0, 1))[0]?.attempts.length ?? 0) > 0);
    const [left] = await spool.deferred('n', 0, 1);
    expect(left).toMatchObject({
      position: third?.position,
      lane: 'a',
      coalesced: { count: 2, firstReceivedAt: 1_001_000 },
    });
    const groups = steps
      .flatMap(({ outcomes: found = [] }) => found)
      .filter(({ outcome }) => outcome.state === 'coalesced');
    expect(groups).toMatchObject([
      { positions: [second?.position], outcome: { detail: (await spool.get(third?.position ?? 0))?.id } },
    ]);
    answer = () => delivered;
    clock += 1000;
    await settled();
    expect(sent.at(-1)).toBe('a e3 x2');
  });

  it.each([255, 256, 257, 700])('coalesces %i held entries into one', async (count) => {
    start(hold);
    await append('a first', ...events('a', count));
    await settled();
    await pass(minute);
    expect(sent).toEqual(['a first', `a e${count} x${count}`]);
    await audit();
  });

  it('keeps what is held over a restart, and what comes then goes after it', async () => {
    start(hold);
    await append(...events('a', 3));
    await settled();
    await restart(hold);
    await append('a e4');
    await settled();
    // What was sent in the period is forgotten, but not what is held.
    expect(sent).toEqual(['a e1']);
    await pass(minute);
    expect(sent).toEqual(['a e1', 'a e4 x3']);
    await audit();
  });

  it('delivers what is held one by one, in order, when the option is gone', async () => {
    start(hold);
    await append(...events('a', 4));
    await settled();
    await restart(undefined);
    await pass(minute);
    expect(sent).toEqual(events('a', 4));
    await audit();
  });

  it('delivers the last that may be delivered when the others may not any more', async () => {
    start(hold);
    await append(...events('a', 5));
    await settled();
    refused = (text) => text === 'a e5' || text === 'a e4';
    await pass(minute);
    expect(sent).toEqual(['a e1', 'a e3 x2']);
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 2, coalesced: 1 });
    refused = () => true;
    await append('a e6');
    await pass(minute);
    await audit();
  });
});

describe('debounce', () => {
  const hold = { debounceMs: 10_000 };

  it('waits until it is quiet', async () => {
    start(hold);
    await append('a e1');
    await pass(9000);
    await append('a e2');
    await pass(8000);
    expect(sent).toEqual([]);
    await pass(2000);
    expect(sent).toEqual(['a e2 x2']);
    await append('a e3');
    await pass(10_000);
    expect(sent.slice(1)).toEqual(['a e3']);
    await audit();
  });

  it('waits as long after a restart', async () => {
    start({ debounceMs: 3_600_000 });
    await append('a e1');
    await settled();
    await restart({ debounceMs: 3_600_000 });
    await settled();
    clock += 3_000_000;
    await append('a e2');
    await settled();
    await pass(3_000_000);
    expect(sent).toEqual([]);
    await pass(600_000);
    expect(sent).toEqual(['a e2 x2']);
  });

  it('does not wait for ever', async () => {
    start(hold);
    for (let i = 1; sent.length === 0; i += 1) {
      expect(i).toBeLessThan(30);
      await append(`a e${i}`);
      await pass(5000);
    }
    expect(sent).toEqual(['a e20 x20']);
  });

  it('ends when somebody asks for it, as belfry queue retry does', async () => {
    start(hold);
    await append('a e1', 'a e2');
    await settled();
    await dispatch.pause('n', async () => {
      const held = await spool.deferred('n', 0, 10);
      await spool.commit('n', { defer: held.map((one) => ({ ...one, dueAt: 1_000_000 })) });
    });
    await settled();
    expect(sent).toEqual(['a e2 x2']);
  });
});

describe('unless read', () => {
  const hold = { unlessReadMs: 30_000 };

  it.each(['MessageRead', 'MessageTrash', 'MessageExpunge'])('drops a message when %s comes first', async (event) => {
    start(hold);
    await append('a MessageNew 5', 'a MessageNew 6', 'b MessageNew 5');
    await settled();
    await append(`a ${event} 5`);
    await settled();
    expect(sent).toEqual([`a ${event} 5`]);
    await pass(30_000);
    expect(sent.slice(1).sort()).toEqual(['a MessageNew 6', 'b MessageNew 5']);
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 3, filtered: 4 });
    await audit();
  });

  it('finds it in what is read together, in a range, and after a restart', async () => {
    start(hold);
    refused = (text) => text.includes('MessageRead');
    await append('a MessageNew 1', 'a MessageRead 1', 'a MessageAppend 2:4', 'a MessageNew 9');
    await settled();
    await append('a MessageRead 3:100');
    await settled();
    await restart(hold);
    await append('a MessageRead 2');
    await settled();
    await pass(30_000);
    expect(sent).toEqual(['a MessageAppend 2:4']);
    await audit();
  });

  it('holds a message that has not been read by the other options too', async () => {
    start({ ...hold, throttle: { count: 1, perMs: minute } });
    await append('a MessageNew 1', 'a MessageNew 2', 'a MessageNew 3', 'a MessageNew 4');
    await settled();
    await append('a MessageRead 3');
    await pass(30_000);
    // The event that it was read is an event, and was the first.
    expect(sent).toEqual(['a MessageRead 3']);
    await pass(minute);
    expect(sent.slice(1)).toEqual(['a MessageNew 4 x3']);
    await audit();
  });

  it('reads all of a backlog before it sends', async () => {
    await append('a MessageNew 1', ...events('b', 1000));
    clock += minute;
    await append('a MessageRead 1');
    refused = (text) => !text.includes('MessageNew');
    start(hold);
    await settled();
    expect(sent).toEqual([]);
    await audit();
  });

  it('knows nothing any more of what was dropped from the queue', async () => {
    start(hold);
    await append('a MessageNew 1');
    await settled();
    await dispatch.pause('n', async () => {
      const [held] = await spool.deferred('n', 0, 1);
      await spool.commit('n', { removeDeferred: [held?.position ?? 0], tally: { dropped: 1 } });
    });
    refused = (text) => text.includes('MessageRead');
    await append('a MessageRead 1');
    await settled();
    await audit();
  });
});

describe('digest', () => {
  const hour = 3_600_000;
  let calls: string[][];

  function startDigest(maxBatch: number): void {
    calls = [];
    const notifier: Notifier = {
      maxBatch,
      digest: { endAfter: (_, receivedAt) => Math.floor(receivedAt / hour + 1) * hour },
      async notify(deliveries) {
        const outcome = answer('');
        if (outcome.status === 'delivered') calls.push(deliveries.map(({ notification }) => notification.message));
        return deliveries.map(() => outcome);
      },
      close: async () => {},
    };
    const policy = {
      ...{ concurrency: 4, attemptTimeoutMs: 60_000, retryScheduleMs: [1], retryForMs: 24 * hour, retryAfterMaxMs: 0 },
      breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 },
    };
    const parts = {
      ...{ spool, log: pino({ level: 'silent' }), observer: quietObserver },
      ...{ now: () => clock, random: Math.random },
    };
    dispatch = startDispatch([{ name: 'n', notifier, policy, route, together, messages }], parts);
  }

  it('is one call for all events of a user in an interval, and for nobody else', async () => {
    startDigest(1000);
    await append(...events('a', 300), 'b e1', 'c e1');
    await pass(600_000);
    await append('a e301');
    await settled();
    expect(calls).toEqual([]);
    await pass(hour);
    expect(calls.sort((one, other) => other.length - one.length)).toEqual([events('a', 301), ['b e1'], ['c e1']]);
    await append('a e302');
    await settled();
    expect(calls).toHaveLength(3);
    await pass(hour);
    expect(calls.slice(3)).toEqual([['a e302']]);
    await audit();
  });

  it('is several calls where they are too many for one', async () => {
    startDigest(100);
    await append(...events('a', 250));
    await pass(hour);
    expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(calls.flat()).toEqual(events('a', 250));
  });

  it('outlives a restart, and a receiver that is away for several intervals', async () => {
    startDigest(1000);
    await append(...events('a', 3));
    await settled();
    await dispatch.stop(1000);
    startDigest(1000);
    answer = () => retry;
    for (let i = 0; i < 3; i += 1) {
      clock += hour - 600_000 * i;
      await append(`a e${4 + i}`);
      await until(async () => (await spool.consumer('n')).cursor === (await spool.state()).last);
    }
    answer = () => delivered;
    await pass(2 * hour);
    expect(calls.flat()).toEqual(events('a', 6));
    expect(calls.length).toBeLessThanOrEqual(2);
    await audit();
  });
});

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        key: fc.constantFrom('a', 'b'),
        event: fc.constantFrom('MessageNew', 'MessageRead'),
        uid: fc.nat(3),
      }),
    },
    { weight: 3, arbitrary: fc.constantFrom(1000, 9000, 31_000, 120_000) },
    { weight: 1, arbitrary: fc.constantFrom('restart' as const, 'fail' as const, 'mend' as const) },
  ),
  { maxLength: 30 },
);
const policies = fc.constantFrom<HoldPolicy>(
  { throttle: { count: 1, perMs: minute } },
  { throttle: { count: 2, perMs: minute } },
  { debounceMs: 10_000 },
  { unlessReadMs: 30_000 },
  { unlessReadMs: 30_000, debounceMs: 10_000 },
  { unlessReadMs: 30_000, throttle: { count: 1, perMs: minute } },
);

it('whatever happens, each entry is sent, stood for or filtered, and once', async () => {
  await fc.assert(
    fc.asyncProperty(policies, steps, async (hold, happening) => {
      [sent, answer, clock, refused] = [[], () => delivered, 1_000_000, () => false];
      spool = openMemorySpool({ maxBytes: 64_000_000, now: () => clock, random: Math.random });
      await spool.consumer('n', 0);
      start(hold);
      let number = 0;
      for (const step of happening) {
        if (step === 'restart') await restart(hold);
        else if (step === 'fail') answer = () => ({ ...retry, afterMs: 500 });
        else if (step === 'mend') answer = () => delivered;
        else if (typeof step === 'number') clock += step;
        else await append(`${step.key} ${step.event} ${step.uid} #${++number}`);
        await append('-');
        await until(async () => (await spool.consumer('n')).cursor === (await spool.state()).last);
      }
      answer = () => delivered;
      for (let i = 0; i < 5; i += 1) await pass(240_000);
      const { deferred, dead, tally } = await spool.consumer('n');
      expect({ deferred, dead }).toEqual({ deferred: 0, dead: 0 });
      await audit();
      const counts = sent.map((one) => Number(/ x(\d+)$/.exec(one)?.[1] ?? 1));
      const { delivered: sentOf, coalesced = 0 } = tally;
      expect(sentOf).toBe(sent.length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(sentOf + coalesced);
      expect(new Set(sent.map((one) => one.split(' ')[3])).size).toBe(sent.length);
      await dispatch.stop(1000);
    }),
    { numRuns: tries(40) },
  );
});
