/** Actions on a durable spool and on the one in memory, which is the model: both must answer the same, always. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Entry, Position } from '../../../src/base/request.ts';
import { type LmdbSpool, openLmdbSpool } from '../../../src/spool/lmdb/lmdb-spool.ts';
import type { DeadLetter, Deferral, Progress, Spool } from '../../../src/spool/spool.ts';
import { testTime } from '../../contract/spool.ts';
import { openMemorySpool } from '../memory/memory-spool.ts';

export interface Model {
  readonly spool: Spool;
}

export interface Real {
  spool: LmdbSpool;
  directory: string;
  readonly scratch: string;
  generation: number;
}

const random = (): number => 0.5;
const now = (): number => testTime;
const maxBytes = 1 << 26;

const openReal = (directory: string): Promise<LmdbSpool> =>
  openLmdbSpool({
    directory,
    maxBytes,
    retentionMs: 0,
    now,
    random,
    onDamaged: (first) => expect.fail(`entry ${first} is damaged`),
    onMovedAside: (_, reason) => expect.fail(reason),
  });

export async function begin(): Promise<{ model: Model; real: Real }> {
  const scratch = mkdtempSync(join(tmpdir(), 'belfry-model-'));
  const directory = join(scratch, '0');
  const real = { spool: await openReal(directory), directory, scratch, generation: 0 };
  return { model: { spool: openMemorySpool({ maxBytes, now, random }) }, real };
}

export async function end({ spool, scratch }: Real): Promise<void> {
  await spool.close();
  rmSync(scratch, { recursive: true });
}

type Action = fc.AsyncCommand<Model, Real>;

/** An action, by its name and what it is done with. */
function action(name: string, run: (model: Model, real: Real) => Promise<void>): Action {
  return { check: () => true, run, toString: () => name };
}

const consumer = fc.constantFrom('a', 'b', 'c');
const lane = fc.constantFrom('x', 'y', '', 'long'.repeat(100), '\0');
const dueAt = fc.constantFrom(0, 0, 1, 5, 5, 9, testTime + 0.5);
const limit = fc.integer({ min: 1, max: 8 });

/** Appends texts that are all different, some of them in several batches at once. */
const append = fc.array(fc.array(fc.nat(3000), { maxLength: 6 }), { minLength: 1, maxLength: 3 }).map((batches) =>
  action(`append ${JSON.stringify(batches)}`, async (model, real) => {
    const { last } = await model.spool.state();
    const requests = batches.map((sizes, i) =>
      sizes.map((size, j) => ({ format: 'datagram', bytes: Buffer.alloc(size, `${last} ${i} ${j} `) }) as const),
    );
    const expected = await Promise.all(requests.map((batch) => model.spool.append(batch)));
    const appended = await Promise.all(requests.map((batch) => real.spool.append(batch)));
    expect(appended.map(({ first }) => first)).toEqual(expected.map(({ first }) => first));
  }),
);

const consume = fc.tuple(consumer, fc.option(fc.nat(100), { nil: undefined })).map(([name, from]) =>
  action(`consumer ${name} ${from}`, async (model, real) => {
    // Below what the model has kept the durable log may still have something.
    const { first } = await model.spool.state();
    const start = from === undefined ? [] : [Math.max(from, first - 1)];
    expect(await real.spool.consumer(name, ...start)).toEqual(await model.spool.consumer(name, ...start));
  }),
);

const forget = consumer.map((name) =>
  action(`forget ${name}`, async (model, real) => {
    await Promise.all([model.spool.removeConsumer(name), real.spool.removeConsumer(name)]);
  }),
);

/** Picks from what there is: `picks` are drawn beforehand, what there is shows only when the action is run. */
function pick<T>(from: readonly T[], picks: readonly number[]): readonly T[] {
  return from.length === 0 ? [] : [...new Set(picks.map((n) => from[n % from.length]))].flatMap((one) => one ?? []);
}

const picks = fc.array(fc.nat(50), { maxLength: 5 });

const step = fc
  .record({
    name: consumer,
    forward: fc.nat(6),
    fresh: picks,
    again: picks,
    removeDeferred: picks,
    addDead: picks,
    finish: picks,
    removeDead: picks,
    retry: fc.boolean(),
    replay: picks,
    lane,
    dueAt,
    at: fc.constantFrom(testTime, testTime + 1),
  })
  .map((drawn) =>
    action(`step ${JSON.stringify(drawn)}`, async ({ spool }, real) => {
      const progress = await draw(spool, drawn);
      if (progress === undefined) return;
      await Promise.all([spool.commit(drawn.name, progress), real.spool.commit(drawn.name, progress)]);
    }),
  );

interface Wishes {
  readonly name: string;
  readonly forward: number;
  readonly fresh: readonly number[];
  readonly again: readonly number[];
  readonly removeDeferred: readonly number[];
  readonly addDead: readonly number[];
  readonly finish: readonly number[];
  readonly removeDead: readonly number[];
  readonly retry: boolean;
  readonly replay: readonly number[];
  readonly lane: string;
  readonly dueAt: number;
  readonly at: number;
}

/** A step that keeps the rules of `Progress`. */
async function draw(spool: Spool, wishes: Wishes): Promise<Progress | undefined> {
  const { consumers } = await spool.state();
  const state = consumers.find(({ name }) => name === wishes.name);
  if (state === undefined) return undefined;
  const { name, lane, dueAt, at } = wishes;
  const attempts = [{ at, durationMs: 1.5, outcome: 'retry', reason: 'the receiver answered 503' }] as const;
  const deferral = (position: Position): Deferral => ({ position, lane, dueAt, attempts });
  const passed = await spool.read(state.cursor, wishes.forward);
  const deferred = await spool.deferred(name, 0, 1000);
  const letters = await spool.dead(name, 0, 1000);
  const fresh = passed.map(({ position }) => position);
  const busy = new Set([...deferred.map(({ position }) => position), ...letters.map(({ entry }) => entry.position)]);
  const removeDeferred = pick(
    deferred.map(({ position }) => position),
    wishes.removeDeferred,
  );
  const addDead: DeadLetter[] = [];
  for (const position of pick([...fresh.filter((one) => !busy.has(one)), ...removeDeferred], wishes.addDead)) {
    const entry = await spool.get(position);
    if (entry !== undefined) addDead.push({ entry, lane, at, reason: `refused ${position}`, attempts });
  }
  const buried = new Set(addDead.map(({ entry }) => entry.position));
  const removeDead = pick(
    letters.map(({ entry }) => entry.position),
    wishes.removeDead,
  );
  const replay: Position[] = [];
  for (const entry of await spool.read(0, 1000)) {
    if (entry.position <= state.cursor && !busy.has(entry.position)) replay.push(entry.position);
  }
  const replayed = pick(replay, wishes.replay);
  const defer = [
    ...pick(fresh, wishes.fresh),
    ...pick(
      deferred.map(({ position }) => position),
      wishes.again,
    ),
    ...(wishes.retry ? removeDead : []),
    ...replayed,
  ].filter((position) => !buried.has(position));
  return {
    cursor: fresh.at(-1) ?? state.cursor,
    ahead: wishes.finish.map((distance) => state.cursor + distance),
    defer: [...new Set(defer)].map(deferral),
    removeDeferred,
    addDead,
    removeDead,
    replayed: replayed.length,
    tally: { delivered: fresh.length, dropped: removeDead.length },
  };
}

/** A step of the kind that is the most frequent by far. */
const light = fc.tuple(consumer, fc.nat(6), picks).map(([name, forward, finish]) =>
  action(`forward ${name} ${forward} ${finish}`, async ({ spool }, real) => {
    const state = (await spool.state()).consumers.find((one) => one.name === name);
    if (state === undefined) return;
    const cursor = (await spool.read(state.cursor, forward)).at(-1)?.position ?? state.cursor;
    const ahead = finish.map((distance) => cursor + 700 * distance);
    const progress = { cursor, ahead, tally: { delivered: cursor - state.cursor } };
    await Promise.all([spool.commit(name, progress), real.spool.commit(name, progress)]);
  }),
);

const ask = fc.tuple(consumer, lane, dueAt, limit).map(([name, key, time, most]) =>
  action(`ask ${name} ${key} ${time} ${most}`, async (model, real) => {
    if (!(await model.spool.state()).consumers.some((one) => one.name === name)) return;
    const answers = ({ spool }: { readonly spool: Spool }) =>
      Promise.all([
        spool.due(name, time, most),
        spool.nextDue(name),
        spool.nextDue(name, time),
        spool.lane(name, key, most),
        spool.deferredIn(name, [key, 'x', 'none']),
        spool.deferred(name, most, most),
        spool.dead(name, most, most),
        spool.ahead(name, most, most),
      ]);
    expect(await answers(real)).toEqual(await answers(model));
  }),
);

const reopen = fc.constant(
  action('reopen', async (_, real) => {
    await real.spool.close();
    real.spool = await openReal(real.directory);
  }),
);

/** What would be on disk, had the process been killed now, is what we go on with. */
const crash = fc.constant(
  action('crash', async (_, real) => {
    const copy = join(real.scratch, `${++real.generation}`);
    cpSync(real.directory, copy, { recursive: true });
    await real.spool.close();
    real.directory = copy;
    real.spool = await openReal(copy);
  }),
);

export const actions = [append, append, consume, step, step, step, light, light, ask, ask, forget, reopen, crash];

/** With its id and its request, which an engine may make when they are asked for, as properties of its own. */
function plain({ position, id, receivedAt, request }: Entry): Entry {
  return { position, id, receivedAt, request };
}

/** Compares everything that anybody may ask for. */
export async function compare(model: Model, real: Real): Promise<void> {
  const [expected, found] = [await model.spool.state(), await real.spool.state()];
  const byName = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] =>
    [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  expect(found.last).toBe(expected.last);
  expect(byName(found.consumers)).toEqual(byName(expected.consumers));
  expect(found.first).toBeLessThanOrEqual(expected.first);
  const from = Math.min(expected.last, ...expected.consumers.map(({ cursor }) => cursor));
  expect((await real.spool.read(from, 10_000)).map(plain)).toEqual(await model.spool.read(from, 10_000));
  for (const { name } of expected.consumers) {
    const deferred = await model.spool.deferred(name, 0, 10_000);
    expect(await real.spool.deferred(name, 0, 10_000)).toEqual(deferred);
    expect(await real.spool.due(name, 1e15, 10_000)).toEqual(await model.spool.due(name, 1e15, 10_000));
    expect(await real.spool.dead(name, 0, 10_000)).toEqual(await model.spool.dead(name, 0, 10_000));
    expect(await real.spool.ahead(name, 0, 10_000)).toEqual(await model.spool.ahead(name, 0, 10_000));
    for (const { position } of deferred) {
      const entry = await model.spool.get(position);
      expect(entry).toBeDefined();
      const found = await real.spool.get(position);
      expect(found && plain(found)).toEqual(entry);
    }
  }
}
