import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { AdminContext } from '../../src/admin/context.ts';
import type { AdminRequest, ItemRow } from '../../src/admin/protocol.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { tries } from '../support/long.ts';
import { until } from '../support/until.ts';
import { append, auditRows, dispatchOn, memorySpool, performed, recipientOf, toolsOf, wrongIn } from './work.ts';

const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };
const rejected: Outcome = { status: 'rejected', reason: 'never' };

const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

function start(spool: Spool, ...recipients: Recipient[]): AdminContext {
  const dispatch = dispatchOn(spool, recipients);
  running.push(dispatch);
  return toolsOf(spool, dispatch);
}

const stateOf = (spool: Spool, name: string) => spool.consumer(name);
const all = { selection: {} } as const;

async function items(tools: AdminContext, from: 'queue' | 'dead', more: object = {}): Promise<readonly ItemRow[]> {
  const request: AdminRequest = { command: 'list', from, ...all, ...more };
  return (await performed(tools, request)).rows.flatMap((row) =>
    row.kind === 'waiting' || row.kind === 'deferred' || row.kind === 'dead' ? [row] : [],
  );
}

/** Hangs until it is told to end. */
const hang = (_: string, signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(retry)));

describe('retry', () => {
  it('delivers dead letters once the receiver is mended, in their order', async () => {
    const spool = await memorySpool('n');
    let mended = false;
    const seen: string[] = [];
    const tools = start(
      spool,
      recipientOf('n', (message) => {
        if (!mended) return rejected;
        seen.push(message);
        return delivered;
      }),
    );
    await append(spool, 'a:1', 'b:1', 'a:2');
    await until(async () => (await stateOf(spool, 'n')).dead === 3);
    mended = true;
    const { done, progress } = await performed(tools, { command: 'retry', from: 'dead', ...all });
    expect(done).toEqual({ changed: 3, inProgress: 0 });
    expect(progress.at(-1)).toEqual({ done: 3, total: 3 });
    await until(async () => (await stateOf(spool, 'n')).tally.delivered === 3);
    expect(seen.filter((text) => text.startsWith('a'))).toEqual(['a:1', 'a:2']);
    expect((await spool.state()).bytes).toBe(0);
    expect(await wrongIn(tools)).toEqual([]);
  });

  it('makes what is deferred due now, keeps its history, and tries a receiver that is taken to be away', async () => {
    const spool = await memorySpool('n');
    let mended = false;
    const breaker = { failures: 2, pauseMs: 3_600_000, longestPauseMs: 3_600_000 };
    const tools = start(
      spool,
      recipientOf('n', () => (mended ? delivered : retry), { breaker }),
    );
    await append(spool, ...Array.from({ length: 50 }, (_, i) => `m${i}:1`));
    await until(() => tools.standings().get('n')?.breaker === 'open');
    const [first] = await items(tools, 'queue');
    expect(first).toMatchObject({ kind: 'deferred', attempts: [{ outcome: 'retry', reason: 'not now' }] });
    expect((await items(tools, 'queue')).filter(({ kind }) => kind === 'waiting').length).toBeGreaterThan(40);
    mended = true;
    await performed(tools, { command: 'retry', from: 'queue', ...all });
    await until(async () => (await stateOf(spool, 'n')).tally.delivered === 50);
    expect(await wrongIn(tools)).toEqual([]);
  });
});

describe('drop', () => {
  it('drops what waits and what is deferred, but not what is under way nor what is not meant', async () => {
    const spool = await memorySpool('n');
    const tools = start(
      spool,
      recipientOf('n', (message, signal) => (message.startsWith('hang') ? hang(message, signal) : retry), {
        concurrency: 2,
      }),
    );
    await append(spool, 'hang:x', 'a:x', '-a:x', 'b:y');
    await until(async () => (await spool.deferred('n', 0, 9)).length === 2);
    await append(spool, 'hang:x', 'b:x', 'hang:y', '-hang:x');
    const request = { command: 'drop', from: 'queue', selection: { event: 'X' } } as const;
    expect((await performed(tools, request)).done).toEqual({ changed: 3, inProgress: 1 });
    const left = (await items(tools, 'queue')).map(({ mailbox, event }) => `${mailbox}:${event}`);
    expect(left).toEqual(['hang:x', 'b:y', 'hang:y']);
    const [row] = await auditRows(tools);
    expect(row).toMatchObject({ received: 8, dropped: 3, filtered: 2, difference: 0, faults: [] });
  });

  it('drops what waits for a receiver that is away, and goes on with the rest in order', async () => {
    const spool = await memorySpool('n');
    await append(spool, ...Array.from({ length: 3000 }, (_, i) => `m${i % 3}:${i}`));
    const offline = toolsOf(spool);
    const before = await items(offline, 'queue', { selection: { mailbox: 'm1' } });
    expect(before).toHaveLength(1000);
    const request = { command: 'drop', from: 'queue', notifier: 'n', selection: { mailbox: 'M1' } } as const;
    expect((await performed(offline, request)).done.changed).toBe(1000);
    expect(await wrongIn(offline)).toEqual([]);
    const seen: string[] = [];
    const tools = start(
      spool,
      recipientOf('n', (message) => {
        seen.push(message);
        return delivered;
      }),
    );
    await until(async () => (await stateOf(spool, 'n')).tally.delivered === 2000);
    const numbers = (lane: string) => seen.filter((text) => text.startsWith(lane)).map((text) => Number(text.slice(3)));
    for (const lane of ['m0:', 'm2:']) expect(numbers(lane)).toEqual(numbers(lane).toSorted((a, b) => a - b));
    expect(await wrongIn(tools)).toEqual([]);
  });

  it('drops dead letters by id', async () => {
    const spool = await memorySpool('n');
    const tools = start(
      spool,
      recipientOf('n', () => rejected),
    );
    await append(spool, 'a:1', 'b:1', 'c:1');
    await until(async () => (await stateOf(spool, 'n')).dead === 3);
    const [first, second] = await items(tools, 'dead');
    const ids = [first?.id.toLowerCase() ?? '', 'NOBODY'];
    expect((await performed(tools, { command: 'drop', from: 'dead', selection: { ids } })).done.changed).toBe(1);
    expect((await items(tools, 'dead'))[0]?.id).toBe(second?.id);
    expect(await wrongIn(tools)).toEqual([]);
  });
});

describe('list and show', () => {
  it('select by age, user and mailbox', async () => {
    const spool = await memorySpool('n');
    const tools = start(
      spool,
      recipientOf('n', () => rejected),
    );
    await append(spool, 'a:1', 'b:1');
    await until(async () => (await stateOf(spool, 'n')).dead === 2);
    const count = async (selection: object) => (await items(tools, 'dead', { selection })).length;
    expect(await count({ user: 'ANNA', mailbox: 'a' })).toBe(1);
    expect(await count({ user: 'berta' })).toBe(0);
    expect(await count({ youngerThanMs: 3_600_000 })).toBe(2);
    expect(await count({ olderThanMs: 3_600_000 })).toBe(0);
  });

  it('show how one entry stands with every notifier', async () => {
    const spool = await memorySpool('good', 'bad', 'hung');
    const tools = start(
      spool,
      ...[recipientOf('good', () => delivered), recipientOf('bad', () => rejected), recipientOf('hung', hang)],
    );
    await append(spool, 'a:1');
    await until(async () => (await stateOf(spool, 'bad')).dead === 1 && (await stateOf(spool, 'good')).cursor === 1);
    const [letter] = await items(tools, 'dead');
    const { rows } = await performed(tools, { command: 'show', id: letter?.id ?? '' });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    if (row?.kind !== 'entry') throw new Error('no entry');
    expect(row.notifiers.map(({ notifier, state }) => `${notifier} ${state}`).toSorted()).toEqual([
      'bad dead',
      'good delivered',
      'hung waiting',
    ]);
    expect(Buffer.from(row.bytes, 'base64').toString()).toBe('a:1');
    await expect(performed(tools, { command: 'show', id: 'nonsense' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const other = (letter?.id ?? '').replace(/.$/, '7');
    await expect(performed(tools, { command: 'show', id: other })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  it('show only what is still to be done, while one that hangs keeps the cursor before all the others', async () => {
    const spool = await memorySpool('n');
    const answer = (message: string, signal: AbortSignal) => {
      if (message.startsWith('hang')) return hang(message, signal);
      if (message.startsWith('bad')) return rejected;
      return message.startsWith('later') ? retry : delivered;
    };
    const tools = start(spool, recipientOf('n', answer));
    await append(spool, 'hang:1', 'a:2', '-a:3', 'bad:4', 'later:5', 'b:6', 'hang:7');
    await until(async () => (await stateOf(spool, 'n')).tally.delivered === 2);
    expect((await stateOf(spool, 'n')).cursor).toBe(0);
    const left = (await items(tools, 'queue')).map(({ kind, event }) => `${kind} ${event}`);
    expect(left).toEqual(['deferred 5', 'waiting 1', 'waiting 7']);
    const [status] = (await performed(tools, { command: 'status' })).rows;
    const counts = { received: 7, delivered: 2, filtered: 1, waiting: 2, deferred: 1, dead: 1, dropped: 0, damaged: 0 };
    expect(status).toMatchObject(counts);
    if (status?.kind !== 'notifier') throw new Error('no notifier');
    expect(status.oldestAt).toBeDefined();
    const [first, second] = await spool.read(0, 2);
    const states = [first, second].map(async (entry) => {
      const [row] = (await performed(tools, { command: 'show', id: entry?.id ?? '' })).rows;
      return row?.kind === 'entry' ? row.notifiers[0]?.state : undefined;
    });
    expect(await Promise.all(states)).toEqual(['waiting', 'delivered']);
  });

  it('refuse a notifier that is not there', async () => {
    const tools = toolsOf(await memorySpool('n'));
    const request = { command: 'retry', from: 'dead', notifier: 'm', ...all } as const;
    await expect(performed(tools, request)).rejects.toThrow(/unknown notifier "m".* n\b/);
  });
});

describe('replay', () => {
  it('gives one notifier once more what is kept, of the time and the types that are meant', async () => {
    const spool = await memorySpool('n', 'slow');
    const seen: string[] = [];
    const fine = recipientOf('n', (message) => {
      seen.push(message);
      return message === 'bad:x' ? rejected : delivered;
    });
    const tools = start(spool, fine, recipientOf('slow', hang));
    await append(spool, 'a:x', '-a:x', 'a:y', 'bad:x', 'b:x');
    await until(async () => (await stateOf(spool, 'n')).cursor === 5);
    const again = seen.splice(0).filter((text) => text.endsWith('x') && text !== 'bad:x');
    const request: AdminRequest = { command: 'replay', notifier: 'n', sinceAt: 0, events: ['X'] };
    expect((await performed(tools, request)).done.changed).toBe(2);
    await until(() => seen.length === 2);
    expect(seen.toSorted()).toEqual(again.toSorted());
    await until(async () => (await stateOf(spool, 'n')).deferred === 0);
    const rows = await auditRows(tools);
    expect(rows[0]).toMatchObject({ received: 7, delivered: 5, filtered: 1, dead: 1, difference: 0, faults: [] });
    const later = { command: 'replay', notifier: 'n', sinceAt: Date.now() + 10_000 } as const;
    expect((await performed(tools, later)).done.changed).toBe(0);
    const earlier = { command: 'replay', notifier: 'n', sinceAt: 0, untilAt: 1 } as const;
    expect((await performed(tools, earlier)).done.changed).toBe(0);
  });
});

describe('status', () => {
  it('takes nothing for damaged that a notifier passed, and the log let go, while it was looked at', async () => {
    const spool = await memorySpool('n');
    await append(spool, 'a:1', 'a:2', 'a:3');
    const read: Spool['read'] = async (...what) => {
      await spool.commit('n', { cursor: 3, tally: { delivered: 3 - (await stateOf(spool, 'n')).tally.delivered } });
      return spool.read(...what);
    };
    const { rows } = await performed(toolsOf(changedSpool(spool, { read })), { command: 'status' });
    expect(rows).toMatchObject([{ notifier: 'n', received: 3, waiting: 3, delivered: 0, damaged: 0 }]);
  });

  it('counts, and knows the oldest and the next', async () => {
    const spool = await memorySpool('n');
    const tools = start(
      spool,
      recipientOf('n', (message) => (message.startsWith('a') ? retry : delivered)),
    );
    await append(spool, 'a:1', 'b:1', '-c:1', 'a:2');
    await until(async () => (await stateOf(spool, 'n')).cursor === 4);
    const [row] = (await performed(tools, { command: 'status' })).rows;
    expect(row).toMatchObject({ received: 4, delivered: 1, filtered: 1, waiting: 0, deferred: 2, breaker: 'closed' });
    if (row?.kind !== 'notifier') throw new Error('no notifier');
    expect(row.oldestAt).toBe((await spool.get(1))?.receivedAt);
    expect(row.nextAttemptAt).toBeGreaterThan(Date.now());
  });
});

describe('the audit', () => {
  it('finds what was lost, and what was counted twice', async () => {
    const spool = await memorySpool('lost', 'twice');
    await append(spool, 'a:1', 'a:2', 'a:3');
    await spool.commit('lost', { cursor: 2, tally: { delivered: 1 } });
    await spool.commit('twice', { cursor: 1, tally: { delivered: 2 } });
    const rows = await auditRows(toolsOf(spool));
    expect(rows.map(({ difference }) => difference)).toEqual([1, -1]);
  });

  it('adds up at any moment, whatever fails and whatever the administrator does', async () => {
    const outcome = fc.constantFrom<Outcome>(delivered, delivered, retry, rejected);
    const command = fc.oneof(
      fc.record({
        command: fc.constantFrom('retry' as const, 'drop' as const),
        from: fc.constantFrom('queue' as const, 'dead' as const),
        selection: fc.constantFrom({}, { mailbox: 'm1' }, { event: 'odd' }),
      }),
      fc.record({ command: fc.constant('replay' as const), notifier: fc.constant('n'), sinceAt: fc.constant(0) }),
      fc.record({ command: fc.constant('audit' as const) }),
    );
    const scenario = fc.record({
      outcomes: fc.infiniteStream(outcome),
      commands: fc.array(command, { minLength: 1, maxLength: 8 }),
      batches: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ outcomes, commands, batches, concurrency }) => {
        const spool = await memorySpool('n', 'holds');
        const answer = async (): Promise<Outcome> => {
          await new Promise(setImmediate);
          return outcomes.next().value ?? delivered;
        };
        const dispatch = dispatchOn(spool, [recipientOf('n', answer, { concurrency, retryScheduleMs: [0] })]);
        const tools = toolsOf(spool, dispatch);
        const only: AdminContext = {
          ...tools,
          pause: (name, act) => (name === 'n' ? tools.pause(name, act) : act({ underWay: new Set(), probe() {} })),
        };
        for (let i = 0; i < Math.max(commands.length, batches.length); i++) {
          const texts = Array.from({ length: batches[i] ?? 0 }, (_, j) => {
            const filtered = j % 7 === 0 ? '-' : '';
            return `${filtered}m${j % 4}:${j % 2 === 0 ? 'even' : 'odd'}`;
          });
          if (texts.length > 0) await append(spool, ...texts);
          const request = commands[i];
          if (request !== undefined) await performed(only, request);
          expect(await wrongIn(only)).toEqual([]);
        }
        await until(async () => {
          const { cursor, deferred } = await spool.consumer('n');
          return cursor === (await spool.state()).last && deferred === 0;
        });
        expect(await wrongIn(only)).toEqual([]);
        await dispatch.stop(1000);
        expect(await wrongIn(toolsOf(spool))).toEqual([]);
      }),
      { numRuns: tries(40) },
    );
  });

  it('adds up after a crash, and the attempts of what had been deferred are not forgotten', async () => {
    const scenario = fc.record({
      outcomes: fc.infiniteStream(fc.constantFrom<Outcome>(delivered, delivered, retry, rejected)),
      commits: fc.integer({ min: 1, max: 12 }),
      attempts: fc.integer({ min: 1, max: 20 }),
      count: fc.integer({ min: 40, max: 120 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ outcomes, commits, attempts, count }) => {
        const spool = await memorySpool('n');
        let left = commits;
        const commit: Spool['commit'] = async (...step) => {
          if (left <= 0) throw new Error('killed');
          left--;
          return spool.commit(...step);
        };
        const dying = changedSpool(spool, { commit });
        let [hung, made] = [0, 0];
        const answer = async (message: string, signal: AbortSignal): Promise<Outcome> => {
          await new Promise(setImmediate);
          made++;
          if (message.endsWith('3') && hung++ < 2) return hang(message, signal);
          return outcomes.next().value ?? delivered;
        };
        await append(spool, ...Array.from({ length: count }, (_, i) => `${i % 9 === 0 ? '-' : ''}m${i % 5}:${i}`));
        const crashed = dispatchOn(dying, [recipientOf('n', answer, { retryScheduleMs: [1] })]);
        await until(() => left <= 0 || made >= attempts);
        left = 0;
        await crashed.stop(0);
        expect(await wrongIn(toolsOf(spool))).toEqual([]);
        const known = new Map((await spool.deferred('n', 0, 999)).map((one) => [one.position, one.attempts.length]));
        const continued = new Map<number, number>();
        const better = async (message: string, _: AbortSignal, attempt: number): Promise<Outcome> => {
          continued.set(Number(message.split(':')[1]) + 1, attempt);
          return delivered;
        };
        const dispatch = dispatchOn(spool, [recipientOf('n', better)]);
        await until(async () => (await spool.consumer('n')).cursor === count);
        const tools = toolsOf(spool, dispatch);
        expect(await wrongIn(tools)).toEqual([]);
        await performed(tools, { command: 'retry', from: 'queue', selection: {} });
        await until(async () => (await spool.consumer('n')).deferred === 0);
        for (const [position, before] of known) expect(continued.get(position)).toBe(before + 1);
        const [row] = await auditRows(tools);
        expect(row).toMatchObject({ received: count, waiting: 0, deferred: 0, difference: 0, faults: [] });
        await dispatch.stop(1000);
      }),
      { numRuns: tries(30) },
    );
  });
});
