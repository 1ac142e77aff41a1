/** A daemon is ready when it can accept and store, and says of each reason why not. */
import { describe, expect, it } from 'vitest';
import { type ReadinessFacts, readinessOf } from '../../src/daemon/readiness.ts';
import { Histogram } from '../../src/metrics/histogram.ts';
import { noTally } from '../../src/spool/tally.ts';

const nothing = new Histogram([1]).data();
const thread = { thread: 'intake', sockets: [], stored: nothing, batches: nothing };
const consumer = { name: 'a', origin: 0, cursor: 90, ahead: 0, deferred: 0, dead: 0, tally: noTally };
const spool = { first: 80, last: 100, bytes: 500, consumers: [consumer] };
const now = 1_000_000;
const good: ReadinessFacts = {
  ...{ isStopping: false, threads: [thread], spool, maxBytes: 1000 },
  ...{ disk: { free: 1e9 }, lostSockets: [], now },
};

/** The checks that fail, with what they say. */
function failing(changed: Partial<ReadinessFacts>): Readonly<Record<string, string>> {
  const { ready, reasons } = readinessOf({ ...good, ...changed });
  const bad = reasons.filter(({ ok }) => !ok);
  expect(ready).toBe(bad.length === 0);
  expect(reasons.every(({ detail }) => detail !== '')).toBe(true);
  return Object.fromEntries(bad.map(({ check, detail }) => [check, detail]));
}

describe('readiness', () => {
  it('is given where nothing stands against it', () => {
    expect(failing({})).toEqual({});
    expect(failing({ disk: undefined })).toEqual({});
  });

  it.each<[string, Partial<ReadinessFacts>, string]>([
    ['a daemon that stops', { isStopping: true }, 'daemon'],
    ['a thread that does not answer', { threads: undefined }, 'intake'],
    ['a spool whose directory is gone', { spool: { ...spool, absence: '/spool was removed while in use' } }, 'spool'],
    ['a spool that cannot be read', { spool: { reason: 'the spool is closed' } }, 'spool'],
    ['a full disk', { disk: { free: 4096 } }, 'disk'],
    ['a spool that is full of what is waited for', { spool: { ...spool, bytes: 995, first: 91 } }, 'room'],
    ['a refusal a moment ago', { threads: [{ ...thread, refusal: { at: now - 5000, reason: 'no room' } }] }, 'storing'],
    ['a socket without its file', { lostSockets: [{ socket: '/notify', reason: '/notify was removed' }] }, 'sockets'],
  ])('is not given for %s', (_, changed, check) => {
    expect(Object.keys(failing(changed))).toEqual([check]);
  });

  it('is given for a spool that is full of what is kept for replay, and long after a refusal', () => {
    expect(failing({ spool: { ...spool, bytes: 1000 } })).toEqual({});
    expect(failing({ threads: [{ ...thread, refusal: { at: now - 600_000, reason: 'no room' } }] })).toEqual({});
  });

  it('says what the spool says', () => {
    expect(failing({ spool: { ...spool, absence: '/spool was removed while in use' } })['spool']).toContain('/spool');
  });
});
