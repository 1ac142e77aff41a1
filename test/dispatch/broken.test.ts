/** Exceptions at every step of an entry's way: none of them stops a consumer, and the next entry is delivered. */
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { guarded } from '../../src/admin/guarded.ts';
import type { AdminRequest } from '../../src/admin/protocol.ts';
import { runCommand } from '../../src/admin/run-command.ts';
import { BelfryError } from '../../src/base/error.ts';
import type { Entry, Position } from '../../src/base/request.ts';
import { Counts } from '../../src/dispatch/count.ts';
import { type Dispatch, startDispatch } from '../../src/dispatch/dispatch.ts';
import { logObserver } from '../../src/dispatch/observer.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import { unusableRecipient } from '../../src/dispatch/unusable-consumer.ts';
import { createExaminer } from '../../src/examine/examiner.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import { Reading } from '../../src/spool/reading.ts';
import { type Progress, type Spool, unusableConsumer } from '../../src/spool/spool.ts';
import { type Answer, recipientOf } from '../admin/work.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const silent = pino({ level: 'silent' });
const delivered: Outcome = { status: 'delivered' };
const failed: Outcome = { status: 'retry', reason: 'not now' };
const boom = (): never => {
  throw new TypeError('boom');
};
const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

async function spoolFor(name: string, ...texts: string[]): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  await spool.consumer(name, 0);
  await spool.append(texts.map(rawRequest));
  return spool;
}

function start(
  spool: Spool,
  recipients: readonly Recipient[],
  own: Partial<Parameters<typeof startDispatch>[1]> = {},
): Dispatch {
  const parts = { spool, log: silent, observer: quietObserver, now: Date.now, random: Math.random };
  const dispatch = startDispatch(recipients, { ...parts, ...own });
  running.push(dispatch);
  return dispatch;
}

/** Takes note of what is delivered. */
function taking(answer: Answer = () => delivered): { readonly seen: string[]; readonly answer: Answer } {
  const seen: string[] = [];
  return {
    seen,
    async answer(message, signal, attempt) {
      const outcome = await answer(message, signal, attempt);
      if (outcome?.status === 'delivered') seen.push(message);
      return outcome;
    },
  };
}

const isAtEnd = async (spool: Spool, name = 'n'): Promise<boolean> => {
  const { cursor, deferred } = await spool.consumer(name);
  return cursor === (await spool.state()).last && deferred === 0;
};
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `m:${i + 1}`);

/** Throws where an answer would hold the entry at `poison`. */
function unreadable(spool: Spool, poison: Position): Spool {
  return changedSpool(spool, {
    async read(after, limit) {
      const entries = await spool.read(after, limit);
      return entries.some(({ position }) => position === poison) ? boom() : entries;
    },
    get: async (position) => (position === poison ? boom() : spool.get(position)),
  });
}

describe('an exception while an entry is read', () => {
  it.each([1, 3, 5])('makes it damaged, and the others are delivered (entry %i of 5)', async (poison) => {
    const spool = await spoolFor('n', ...numbered(5));
    const { seen, answer } = taking();
    start(unreadable(spool, poison), [recipientOf('n', answer)]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(numbered(5).filter((text) => text !== `m:${poison}`));
    expect((await spool.consumer('n')).tally).toMatchObject({ delivered: 4, damaged: 1 });
  });

  it('makes one that is deferred damaged', async () => {
    const spool = await spoolFor('n', ...numbered(3));
    const defer = [1, 2].map((position) => ({ position, lane: 'm', dueAt: 0, attempts: [] }));
    await spool.commit('n', { cursor: 2, defer });
    const { seen, answer } = taking();
    start(unreadable(spool, 1), [recipientOf('n', answer)]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(['m:2', 'm:3']);
    expect((await spool.consumer('n')).tally.damaged).toBe(1);
  });

  it('of the storage is tried again, and is damage only where others can be read', async () => {
    const spool = await spoolFor('n', ...numbered(3));
    let isAway = true;
    const failing = changedSpool(spool, {
      async read(after, limit) {
        const entries = await spool.read(after, limit);
        if (isAway || entries.some(({ position }) => position === 1)) throw new BelfryError('SPOOL_IO', 'no disk');
        return entries;
      },
    });
    const found: Position[] = [];
    const reading = new Reading(failing, (first) => found.push(first));
    for (let i = 0; i < 20; i++) await expect(reading.next(0, 10)).rejects.toThrow('no disk');
    isAway = false;
    expect((await reading.next(0, 10)).entries.map(({ position }) => position)).toEqual([2]);
    expect(found).toEqual([1]);
    // A disk that comes back in time costs nothing.
    const patient = new Reading(failing, (first) => found.push(first));
    await expect(patient.next(0, 10)).rejects.toThrow('no disk');
    expect((await patient.next(1, 10)).entries).toHaveLength(2);
    expect(found).toEqual([1]);
  });
});

describe('an exception while an entry is examined', () => {
  const routeOf = (answer: Answer, throwsAt: (entry: Entry) => boolean): Recipient => {
    const sound = recipientOf('n', answer);
    return { ...sound, route: (entry) => (throwsAt(entry) ? boom() : sound.route(entry)) };
  };

  it('makes it a dead letter with the reason, and the others are delivered', async () => {
    const spool = await spoolFor('n', ...numbered(4));
    const { seen, answer } = taking();
    start(spool, [routeOf(answer, ({ position }) => position === 2)]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(['m:1', 'm:3', 'm:4']);
    expect(await spool.dead('n', 0, 9)).toMatchObject([
      { entry: { position: 2 }, reason: expect.stringMatching('boom') },
    ]);
  });

  it('makes it one that keeps its attempts when it was deferred', async () => {
    const spool = await spoolFor('n', ...numbered(2));
    let looks = 0;
    const { seen, answer } = taking((message) => (message === 'm:1' ? failed : delivered));
    const recipient = routeOf(answer, ({ position }) => position === 1 && ++looks > 1);
    start(spool, [{ ...recipient, policy: { ...recipient.policy, retryScheduleMs: [1] } }]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(['m:2']);
    const [letter] = await spool.dead('n', 0, 9);
    expect(letter?.reason).toMatch('boom');
    expect(letter?.attempts).toHaveLength(1);
  });

  it('in decoder, schema or routing makes it unusable; in a filter, for the notifier whose filter it is', async () => {
    const entry: Entry = {
      ...{ position: 1, id: 'ID', receivedAt: 1 },
      request: { format: 'event', bytes: Buffer.from('{"event":"MessageNew"}') },
    };
    const selection = (): undefined => undefined;
    const filter = boom;
    const chooser = { name: 'n', filter, selection, order: 'mailbox' } as const;
    const recipients = { names: new Set(['n']) };
    const valid = { validate: () => ({ ok: true, known: true }) as const, names: () => [] };
    const schemas = { ...valid, types: [], get: () => undefined };
    const routing = (): typeof recipients => recipients;
    const parts = { rejectUnknownEvents: false };
    for (const broken of [
      { ...parts, routing, schemas: { ...schemas, validate: boom } },
      { ...parts, schemas, routing: boom },
    ]) {
      const examiner = createExaminer(broken as never);
      expect(examiner.flaw(entry)).toMatchObject({ stage: 'defect', message: expect.stringMatching('boom') });
      expect(examiner.about(entry)).toEqual({ class: '', event: '', user: '', mailbox: '' });
      expect(examiner.route(entry, chooser)).toMatchObject({ kind: 'filtered' });
    }
    const examiner = createExaminer({ ...parts, schemas, routing } as never);
    expect(examiner.flaw(entry)).toBeUndefined();
    expect(() => examiner.route(entry, chooser)).toThrow('boom');
  });

  it('for the recipient of unusable requests makes it unusable', async () => {
    const spool = await spoolFor(unusableConsumer, ...numbered(3));
    start(spool, [
      unusableRecipient(
        { recognise() {}, flaw: () => undefined, isUnusable: ({ position }) => position === 1 && boom() },
        () => {},
      ),
    ]);
    await until(() => isAtEnd(spool, unusableConsumer));
    const letters = await spool.dead(unusableConsumer, 0, 9);
    expect(letters.map(({ entry }) => entry.position)).toEqual([1]);
  });
});

describe('an exception in a notifier', () => {
  it.each<[string, () => unknown]>([
    ['a throw', boom],
    ['a rejection', () => Promise.reject(new Error('boom'))],
    ['a rejection with what cannot be put into words', () => Promise.reject(Object.create(null))],
    ['nothing', () => undefined],
    ['too few outcomes', () => Promise.resolve([])],
    ['null', () => Promise.resolve([null])],
    ['a text', () => Promise.resolve(['delivered'])],
    ['a status that is none', () => Promise.resolve([{ status: 'done' }])],
    ['a wait that is none', () => Promise.resolve([{ status: 'retry', afterMs: Number.NaN }])],
    ['a getter that throws', () => Promise.resolve([Object.defineProperty({}, 'status', { get: boom })])],
  ])('(%s) counts as retry, ends as a dead letter, and the next is delivered', async (_, answer) => {
    const spool = await spoolFor('n', ...numbered(2));
    const seen: string[] = [];
    const sound = recipientOf('n', () => delivered, { retryScheduleMs: [1], retryForMs: 20 });
    const notify: Recipient['notifier']['notify'] = (deliveries) => {
      const [one] = deliveries;
      if (one?.notification.message === 'm:1') return answer() as never;
      seen.push(one?.notification.message ?? '');
      return Promise.resolve([delivered]);
    };
    start(spool, [{ ...sound, notifier: { ...sound.notifier, notify } }]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(['m:2']);
    const [letter] = await spool.dead('n', 0, 9);
    expect(letter?.reason).toMatch(/^given up /);
    expect(letter?.attempts.at(-1)?.outcome).toBe('retry');
  });

  it('with too few outcomes for a batch: those without one are attempted again', async () => {
    const spool = await spoolFor('n', ...numbered(6));
    const seen: string[] = [];
    const sound = recipientOf('n', () => delivered, { retryScheduleMs: [1] });
    const notify: Recipient['notifier']['notify'] = async (deliveries) => {
      const some = deliveries.slice(0, 2).map(({ notification }) => notification.message);
      seen.push(...some);
      return some.map(() => delivered);
    };
    start(spool, [{ ...sound, notifier: { ...sound.notifier, maxBatch: 4, notify } }]);
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(numbered(6));
  });
});

describe('an exception of those who watch', () => {
  it.each(Object.keys(quietObserver))('in the observer (%s) concerns nobody', async (method) => {
    const spool = await spoolFor('n', ...numbered(3), '-m:4');
    const answers: Outcome[] = [failed, { status: 'retry', reason: 'slowly', pauseMs: 1 }];
    const { seen, answer } = taking((message) =>
      message === 'm:2' ? { status: 'rejected', reason: 'no' } : (answers.shift() ?? delivered),
    );
    const own = { retryScheduleMs: [1], breaker: { failures: 1, pauseMs: 1, longestPauseMs: 1 } };
    start(spool, [recipientOf('n', answer, own)], { observer: { ...quietObserver, [method]: boom } });
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(['m:1', 'm:3']);
  });

  it('in the log concerns nobody', async () => {
    const spool = await spoolFor('n', ...numbered(3));
    const log = { ...silent, error: boom, warn: boom, info: boom, debug: boom, isLevelEnabled: () => true };
    const observer = logObserver({ log: log as never, counts: new Counts(), now: Date.now });
    const { seen, answer } = taking((message, _, attempt) => (message === 'm:1' && attempt === 1 ? boom() : delivered));
    start(spool, [recipientOf('n', answer, { retryScheduleMs: [1] })], { log, observer });
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(numbered(3));
  });
});

describe('an exception while progress is recorded', () => {
  const refusing = (spool: Spool, refuses: (progress: Progress) => boolean): Spool =>
    changedSpool(spool, {
      commit: async (name, progress) => (refuses(progress) ? boom() : spool.commit(name, progress)),
    });
  const isDeferred = ({ defer = [] }: Progress): boolean => defer.some(({ position }) => position === 2);
  const isDead = ({ addDead = [] }: Progress): boolean => addDead.some(({ entry }) => entry.position === 2);

  it('makes the entry that cannot be deferred damaged, and the others are delivered', async () => {
    const spool = await spoolFor('n', 'a:1', 'b:2', 'c:3', 'd:4');
    const { seen, answer } = taking((_, __, attempt) => (attempt === 1 ? failed : delivered));
    start(refusing(spool, isDeferred), [recipientOf('n', answer, { retryScheduleMs: [1] })]);
    await until(async () => seen.length === 3 && (await spool.consumer('n')).tally.delivered === 3);
    expect(seen.toSorted()).toEqual(['a:1', 'c:3', 'd:4']);
    expect((await spool.consumer('n')).tally.damaged).toBe(1);
  });

  it('gives up the history of a dead letter rather than the letter, and that rather than the others', async () => {
    const rejected: Outcome = { status: 'rejected', reason: 'no' };
    const spool = await spoolFor('n', ...numbered(3));
    const hasHistory = (progress: Progress): boolean =>
      isDead(progress) && (progress.addDead ?? []).some(({ attempts }) => attempts.length > 0);
    start(refusing(spool, hasHistory), [recipientOf('n', () => rejected)]);
    await until(() => isAtEnd(spool));
    expect((await spool.dead('n', 0, 9)).map(({ attempts }) => attempts.length)).toEqual([1, 0, 1]);

    const other = await spoolFor('n', ...numbered(3));
    start(refusing(other, isDead), [recipientOf('n', () => rejected)]);
    await until(() => isAtEnd(other));
    expect((await other.dead('n', 0, 9)).map(({ entry }) => entry.position)).toEqual([1, 3]);
    expect((await other.consumer('n')).tally.damaged).toBe(1);
  });
});

describe('an exception in front of an administrator', () => {
  async function rowsOf(spool: Spool, request: AdminRequest): Promise<readonly unknown[]> {
    const tools = guarded({
      ...{ spool, now: Date.now, about: boom, notifiers: () => [], standings: () => new Map() },
      lane: (_, { position }) => (position === 2 ? boom() : 'm'),
      pause: (_, act) => act({ underWay: new Set(), probe() {} }),
    });
    const rows: unknown[] = [];
    for await (const answer of runCommand(tools, request)) rows.push('row' in answer ? answer.row : answer);
    return rows;
  }

  it('hides the entry that cannot be read, and no other', async () => {
    const spool = await spoolFor('n', ...numbered(4));
    const defer = [{ position: 1, lane: 'm', dueAt: 0, attempts: [] }];
    await spool.commit('n', { cursor: 1, defer });
    const listed = await rowsOf(unreadable(spool, 3), { command: 'list', from: 'queue', selection: {} });
    expect(listed).toMatchObject([{ kind: 'deferred' }, { kind: 'waiting' }, { kind: 'waiting' }, { done: {} }]);
    const hidden = await rowsOf(unreadable(spool, 1), { command: 'list', from: 'queue', selection: {} });
    expect(hidden).toMatchObject([{ kind: 'waiting' }, { kind: 'waiting' }, { kind: 'waiting' }, { done: {} }]);
    const [, id = ''] = (await spool.read(0, 9)).map((entry) => entry.id);
    expect(await rowsOf(spool, { command: 'show', id })).toMatchObject([{ kind: 'entry', class: '' }, {}]);
  });

  it('does not stop a replay', async () => {
    const spool = await spoolFor('n', ...numbered(4));
    await spool.consumer('keeps', 0);
    await spool.commit('n', { cursor: 4, tally: { delivered: 4 } });
    await rowsOf(unreadable(spool, 3), { command: 'replay', notifier: 'n', sinceAt: 0 });
    expect((await spool.deferred('n', 0, 9)).map(({ position }) => position)).toEqual([1, 2, 4]);
  });
});
