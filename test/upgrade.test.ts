/** What 0.1.0 has left in a spool is delivered by today's code (`test/fixtures/spool-0.1.0`, its README says how it was made). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { AdminContext } from '../src/admin/context.ts';
import { retryOrDrop } from '../src/admin/retry-drop.ts';
import { loadConfiguration } from '../src/config/load.ts';
import { addNewConsumers, removeUnconfiguredConsumers } from '../src/daemon/consumers.ts';
import { openGeneration } from '../src/daemon/generation.ts';
import { Counts } from '../src/dispatch/count.ts';
import { startDispatch } from '../src/dispatch/dispatch.ts';
import { logObserver } from '../src/dispatch/observer.ts';
import { methods } from '../src/notifier/table.ts';
import { openLmdbSpool } from '../src/spool/lmdb/lmdb-spool.ts';
import type { ConsumerState } from '../src/spool/spool.ts';
import { unfinishedOf } from '../src/spool/tally.ts';
import { reader } from './config/fixture.ts';
import { scratchDirectory } from './os/scratch.ts';
import { until } from './support/until.ts';

const fixture = join(import.meta.dirname, 'fixtures/spool-0.1.0');
const directory = scratchDirectory();
/** When everything that the fixture has deferred is due, and nothing is old enough to be given up. */
const dueAt = Date.parse('2026-11-30T12:00:00Z');

it('opens the spool that 0.1.0 left when it was killed, and delivers all that is in it', async () => {
  const spoolDirectory = join(directory, 'spool');
  mkdirSync(spoolDirectory);
  for (const name of ['spool.mdb', 'cursors']) {
    writeFileSync(join(spoolDirectory, name), gunzipSync(readFileSync(join(fixture, `${name}.gz`))));
  }
  const fail = (...what: readonly unknown[]): never => expect.fail(what.join(' '));
  const spool = await openLmdbSpool({
    ...{ directory: spoolDirectory, maxBytes: 2 ** 30, retentionMs: 86_400_000, now: () => dueAt, random: Math.random },
    ...{ onDiscard: fail, onDamaged: fail, onMovedAside: fail },
  });
  onTestFinished(() => spool.close());
  const notifiers = ['journal', 'hook', 'refuse'];
  const told = (name: string): string => join(directory, name);
  const lines = [
    `notifiers: ${notifiers.join(' ')}`,
    ...notifiers.flatMap((name) => [`${name}_method: log`, `${name}_log_file: ${told(name)}`]),
  ];
  const read = reader({ 'belfry.conf': lines.map((line) => `${line}\n`).join('') });
  const { configuration } = loadConfiguration('belfry.conf', { methods, read });
  if (configuration === undefined) throw new Error('this is no configuration');
  const log = pino({ level: 'silent' });
  const generation = await openGeneration(configuration, {
    log,
    output: { write: async () => {} },
    losses: { see() {} },
  });
  const { recipients, examiner } = generation;

  const standing = async (): Promise<Record<string, readonly number[]>> => {
    const { consumers, last } = await spool.state();
    const row = (state: ConsumerState) => [unfinishedOf(state, last) - state.deferred, state.deferred, state.dead];
    return Object.fromEntries(consumers.map((state) => [state.name, row(state)]));
  };
  const builtIn = { mailto: [0, 0, 0], null: [0, 0, 0] };
  // Waiting, deferred, dead: as `queue.txt` of the fixture says.
  expect(await standing()).toMatchObject({
    journal: [0, 0, 0],
    hook: [2, 8, 0],
    refuse: [1, 6, 3],
    unusable: [0, 0, 1],
  });

  await addNewConsumers(spool, recipients);
  await removeUnconfiguredConsumers(spool, recipients, log);
  const now = (): number => dueAt;
  const observer = logObserver({ log, counts: new Counts(), now });
  const dispatch = startDispatch(recipients, { spool, log, observer, now, random: Math.random });
  const done = { ...builtIn, journal: [0, 0, 0], hook: [0, 0, 0], unusable: [0, 0, 1] };
  await until(async () =>
    Object.values(await standing()).every(([waiting = 0, deferred = 0]) => waiting + deferred === 0),
  );
  expect(await standing()).toEqual({ ...done, refuse: [0, 0, 3] });

  const tools: AdminContext = {
    ...{ spool, now, about: examiner.about, notifiers: () => [], standings: dispatch.states, pause: dispatch.pause },
    lane(notifier, entry) {
      const route = recipients.find(({ name }) => name === notifier)?.route(entry);
      return route?.kind === 'deliver' ? route.lane : undefined;
    },
  };
  for await (const _ of retryOrDrop(tools, { command: 'retry', from: 'dead', notifier: 'refuse', selection: {} })) {
  }
  await until(async () => (await standing())['refuse']?.every((count) => count === 0) ?? false);
  await dispatch.stop(10_000);
  await generation.close();

  const [unusable] = await spool.dead('unusable', 0, 2);
  expect(`${unusable?.entry.request.bytes}`).toBe('this is no request');
  expect(unusable?.reason).toMatch(/byte 18/);
  const uidsToldTo = (name: string): Record<string, readonly number[]> => {
    const uids: Record<string, number[]> = {};
    for (const [, uid, user = ''] of readFileSync(told(name), 'utf8').matchAll(/number (\d+) of (\w+)/g)) {
      uids[user] = [...(uids[user] ?? []), Number(uid)];
    }
    return uids;
  };
  const all = { alice: [1, 2, 3], bob: [1, 2], carol: [1], dave: [1, 2], erin: [1], frank: [1] };
  // The journal had everything: the last one only according to the cursor file.
  expect(uidsToldTo('journal')).toEqual({});
  expect(uidsToldTo('hook')).toEqual(all);
  // Its dead letters come after what was deferred.
  expect(uidsToldTo('refuse')).toEqual({ ...all, alice: [1, 3, 2], bob: [2, 1] });
});
