/** Events that two drivers of Dovecot report: each notifier gets each once, wherever it stands, and the others are accounted for. */
import { pino } from 'pino';
import { afterEach, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { type Generation, openGeneration } from '../../src/daemon/generation.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import { Repetitions } from '../../src/examine/repetitions.ts';
import { dovecot } from '../../src/intake/http/dovecot.ts';
import type { Method, Outcome } from '../../src/notifier/notifier.ts';
import { type Spool, unusableConsumer } from '../../src/spool/spool.ts';
import { dispatchOn } from '../admin/work.ts';
import { load } from '../config/fixture.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { until } from '../support/until.ts';

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
});

/** What the intake makes of a request to `/dovecot?query`. */
function reported(query: string, body: object): readonly RawRequest[] {
  const head = {
    method: 'PUT',
    path: '/dovecot',
    query: new URLSearchParams(query),
    mediaType: '',
    headers: new Map(),
  };
  const reading = dovecot.read(Buffer.from(JSON.stringify(body)), head);
  if ('problem' in reading) throw new Error(reading.problem.detail);
  return reading.requests;
}

const arrival = (uid: number): object => ({ user: 'u', folder: 'INBOX', 'imap-uidvalidity': 7, 'imap-uid': uid });
const ox = (uid: number) => reported('driver=ox', { ...arrival(uid), event: 'messageNew' });
const lua = (uid: number) => reported('driver=lua', { ...arrival(uid), event: 'MessageNew' });
const flagged = (driver: string) => reported(driver, { ...arrival(1), event: 'FlagsSet', flags: ['\\Flagged'] });
const unflagged = (driver: string) => reported(driver, { ...arrival(1), event: 'FlagsClear', flags: ['\\Flagged'] });

/** Notifiers `a` and `b` at work; what they deliver is told by `deliver`. */
async function start(
  spool: Spool,
  repetitions: Repetitions,
  deliver: (notifier: string, message: string) => Outcome,
): Promise<{ readonly dispatch: Dispatch; readonly generation: Generation }> {
  const { configuration } = load(['event_groups: message flags', 'notifiers: a b', 'a_method: null', 'b_method: null']);
  if (configuration === undefined) throw new Error('this is no configuration');
  const openAs =
    (name: string): Method['open'] =>
    async () => ({
      maxBatch: 1,
      notify: async (deliveries) => deliveries.map(({ notification }) => deliver(name, notification.message)),
      close: async () => {},
    });
  const notifiers = configuration.notifiers.map((notifier) => ({
    ...notifier,
    method: { ...notifier.method, open: openAs(notifier.name) },
    dispatch: { ...notifier.dispatch, retryScheduleMs: [1], breaker: { failures: 0, pauseMs: 0, longestPauseMs: 0 } },
  }));
  const parts = {
    log: pino({ level: 'silent' }),
    output: { write: async () => {} },
    losses: { see() {} },
    repetitions,
  };
  const generation = await openGeneration({ ...configuration, notifiers, builtIns: [] }, parts);
  const dispatch = dispatchOn(spool, generation.recipients);
  running.push(() => dispatch.stop(0));
  return { dispatch, generation };
}

it('are delivered once by a notifier that is ahead and by one that comes after it; repetitions count as filtered', async () => {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: () => 1e12, random: Math.random });
  for (const name of ['a', 'b', 'keeps', unusableConsumer]) await spool.consumer(name, 0);
  const repetitions = new Repetitions();
  const got = { a: [] as string[], b: [] as string[] };
  let isAway = true;
  const deliver = (name: string, message: string): Outcome => {
    if (name === 'b' && isAway) return { status: 'retry', reason: 'away' };
    got[name as 'a' | 'b'].push(message);
    return { status: 'delivered' };
  };
  const first = await start(spool, repetitions, deliver);
  const all = Array.from({ length: 300 }, (_, i) => [...ox(i + 1), ...lua(i + 1)]).flat();
  const flags = [flagged('x'), flagged('y'), unflagged('x'), flagged('x'), unflagged('y'), flagged('y')].flat();
  for (const request of [...all, ...flags]) await spool.append([request]);
  const isDone = async (name: string): Promise<boolean> => {
    const { cursor, deferred } = await spool.consumer(name);
    return cursor === all.length + flags.length && deferred === 0;
  };
  await until(() => isDone('a'));
  expect(await isDone('b')).toBe(false);
  // A reload, by which `b` begins again where it stood; then its receiver is back.
  await first.dispatch.stop(0);
  await start(spool, repetitions, deliver);
  isAway = false;
  await until(() => isDone('b'));

  const events = got.a.map((message) => JSON.parse(message));
  expect(new Set(got.a.slice(0, 300)).size).toBe(300);
  expect(events.slice(300).map(({ event }) => event)).toEqual(['FlagsSet', 'FlagsClear', 'FlagsSet']);
  expect([...got.b].sort()).toEqual([...got.a].sort());
  for (const name of ['a', 'b']) {
    const { tally, dead } = await spool.consumer(name);
    expect({ ...tally, dead }).toMatchObject({ delivered: 303, filtered: 303, dead: 0 });
    const original = await spool.get(1);
    expect((await spool.outcomes(name, [2])).get(2)).toMatchObject({
      state: 'filtered',
      option: 'repeated',
      detail: `reported by another driver already: ${original?.id}`,
    });
  }
});
