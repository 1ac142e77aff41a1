import { afterEach, describe, expect, it } from 'vitest';
import type { AdminContext } from '../../src/admin/context.ts';
import type { EntryRow, RecentRow } from '../../src/admin/protocol.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import { type Spool, unusableConsumer } from '../../src/spool/spool.ts';
import { until } from '../support/until.ts';
import { append, dispatchOn, memorySpool, performed, recipientOf, toolsOf } from './work.ts';

const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

function start(spool: Spool, recipients: readonly Recipient[], more: Partial<AdminContext> = {}): AdminContext {
  const dispatch = dispatchOn(spool, recipients);
  running.push(dispatch);
  return { ...toolsOf(spool, dispatch), ...more };
}

/** Keeps the entries that everybody else has finished. */
const holding = ['holds'];

async function shown(tools: AdminContext, position: number): Promise<EntryRow> {
  const id = (await tools.spool.get(position))?.id ?? '';
  const [row] = (await performed(tools, { command: 'show', id })).rows;
  if (row?.kind !== 'entry') throw new Error('no entry');
  return row;
}

async function recentRows(tools: AdminContext, limit: number, selection = {}): Promise<readonly RecentRow[]> {
  const { rows } = await performed(tools, { command: 'recent', selection, limit });
  return rows.flatMap((row) => (row.kind === 'recent' ? [row] : []));
}

describe('the path of an entry', () => {
  it('says when it was delivered, after how many attempts, with which answer, and what filtered it', async () => {
    const spool = await memorySpool('n', ...holding);
    const begun = Date.now();
    const tools = start(
      spool,
      [
        recipientOf('n', (_, __, attempt) =>
          attempt < 3 ? { status: 'retry', reason: 'not now' } : { status: 'delivered', detail: '202 taken' },
        ),
      ].map((recipient) => ({ ...recipient, policy: { ...recipient.policy, retryScheduleMs: [1] } })),
    );
    await append(spool, 'a:1', '-a:2');
    await until(async () => (await spool.consumer('n')).tally.delivered === 1);
    const [standing] = (await shown(tools, 1)).notifiers;
    expect(standing).toMatchObject({ state: 'delivered', outcome: { attempts: 3, detail: '202 taken' } });
    expect(standing?.outcome?.at).toBeGreaterThanOrEqual(begun);
    expect(standing?.outcome?.at).toBeLessThanOrEqual(Date.now());
    const outcome = { option: 'test', detail: '-a:2' };
    expect((await shown(tools, 2)).notifiers[0]).toMatchObject({ state: 'filtered', outcome });
  });

  it('says that an administrator has dropped it, wherever it was', async () => {
    const spool = await memorySpool('dead', 'deferred', 'waiting', ...holding);
    const tools = start(spool, [
      recipientOf('dead', () => ({ status: 'rejected', reason: 'never' })),
      recipientOf('deferred', () => ({ status: 'retry', reason: 'not now' })),
    ]);
    await append(spool, 'a:1');
    await until(async () => (await spool.consumer('dead')).dead + (await spool.consumer('deferred')).deferred === 2);
    await performed(tools, { command: 'drop', from: 'dead', notifier: 'dead', selection: {} });
    await performed(tools, { command: 'drop', from: 'queue', notifier: 'deferred', selection: {} });
    // Nobody works on that one.
    await performed(toolsOf(spool), { command: 'drop', from: 'queue', notifier: 'waiting', selection: {} });
    const { notifiers } = await shown(tools, 1);
    const said = notifiers.map(
      ({ notifier, state, outcome }) => `${notifier} ${state} ${/belfry \w+ drop/.exec(outcome?.detail ?? '')}`,
    );
    expect(said).toEqual([
      'dead dropped belfry dead drop',
      'deferred dropped belfry queue drop',
      'waiting dropped belfry queue drop',
      'holds waiting null',
    ]);
  });

  it('has the notifiers in the order of the configuration, without those that it is not for', async () => {
    const spool = await memorySpool(unusableConsumer, 'log', 'b', 'a', 'null', ...holding);
    const tools = start(spool, [], {
      notifiers: () => [
        ...['a', 'b'].map((name) => ({ name, builtIn: false })),
        ...['log', 'null'].map((name) => ({ name, builtIn: true })),
      ],
    });
    await append(spool, 'a:1');
    const outcome = { state: 'filtered', option: 'method', detail: 'the request is for a null' } as const;
    for (const name of ['log', 'b', unusableConsumer]) {
      const outcomes = name === unusableConsumer ? [] : [{ outcome, at: 5, positions: [1] }];
      await spool.commit(name, { cursor: 1, outcomes });
    }
    for (const name of ['a', 'null']) {
      await spool.commit(name, {
        cursor: 1,
        outcomes: [{ outcome: { state: 'delivered', attempts: 1 }, at: 5, positions: [1] }],
      });
    }
    const { notifiers } = await shown(tools, 1);
    expect(notifiers.map(({ notifier, state }) => `${notifier} ${state}`)).toEqual([
      'a delivered',
      'b filtered',
      'null delivered',
      'holds waiting',
    ]);
  });

  it('is that of an unusable request alone when it is one', async () => {
    const spool = await memorySpool('n', unusableConsumer, ...holding);
    await append(spool, 'a:1');
    const entry = await spool.get(1);
    if (entry === undefined) throw new Error('no entry');
    await spool.commit('n', { cursor: 1, tally: { filtered: 1 } });
    const letter = { entry, lane: '#1', at: 5, reason: 'frame: broken', attempts: [] };
    await spool.commit(unusableConsumer, { cursor: 1, addDead: [letter] });
    const notifiers = async () =>
      (await shown(toolsOf(spool), 1)).notifiers.map(({ notifier, state }) => `${notifier} ${state}`);
    expect(await notifiers()).toEqual(['holds waiting', `${unusableConsumer} dead`]);
  });
});

describe('the latest entries', () => {
  it('come the newest first, as many as are wanted, only those that are meant, with their paths', async () => {
    const spool = await memorySpool('n', ...holding);
    const tools = start(spool, [recipientOf('n', () => ({ status: 'delivered', detail: 'ok' }))]);
    await append(spool, ...Array.from({ length: 3000 }, (_, i) => `${i % 1000 === 7 ? 'rare' : 'box'}:e${i}`));
    await until(async () => (await spool.consumer('n')).tally.delivered === 3000);
    const latest = await recentRows(tools, 3);
    expect(latest.map(({ event }) => event)).toEqual(['e2999', 'e2998', 'e2997']);
    expect(latest[0]?.notifiers.map(({ notifier, state }) => `${notifier} ${state}`)).toEqual([
      'n delivered',
      'holds waiting',
    ]);
    const rare = await recentRows(tools, 100, { mailbox: 'rare' });
    expect(rare.map(({ event }) => event)).toEqual(['e2007', 'e1007', 'e7']);
    expect(await recentRows(tools, 2, { mailbox: 'rare', user: 'anna' })).toHaveLength(2);
    expect(await recentRows(tools, 5, { user: 'nobody' })).toEqual([]);
  });
});
