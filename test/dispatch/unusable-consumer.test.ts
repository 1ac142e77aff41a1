import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../src/base/request.ts';
import { startDispatch } from '../../src/dispatch/dispatch.ts';
import { unusableRecipient } from '../../src/dispatch/unusable-consumer.ts';
import type { Flaw } from '../../src/examine/examine.ts';
import { unusableConsumer } from '../../src/spool/spool.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { changedSpool } from '../support/changed-spool.ts';
import { quietObserver } from '../support/quiet-observer.ts';
import { until } from '../support/until.ts';

const flawOf = ({ request }: Entry): Flaw | undefined =>
  Buffer.from(request.bytes).toString().startsWith('junk')
    ? { stage: 'frame', message: 'no frame', byte: 4 }
    : undefined;

it('keeps a flood of unusable requests with one commit for a thousand, and without an attempt', async () => {
  const spool = openMemorySpool({ maxBytes: 2 ** 30, now: Date.now, random: Math.random });
  await spool.consumer(unusableConsumer);
  const junk = 5000;
  await spool.append(Array.from({ length: junk }, (_, i) => rawRequest(`junk ${i}`)));
  await spool.append([rawRequest('good')]);
  let commits = 0;
  const counting = changedSpool(spool, {
    commit(name, progress) {
      commits++;
      return spool.commit(name, progress);
    },
  });
  const sound: Entry[] = [];
  const said: string[] = [];
  const examiner = { recognise() {}, flaw: flawOf, isUnusable: (entry: Entry) => flawOf(entry) !== undefined };
  const dispatch = startDispatch([unusableRecipient(examiner, (entry) => sound.push(entry))], {
    spool: counting,
    log: pino({ level: 'silent' }),
    observer: { ...quietObserver, unusable: (_, { reason }) => void said.push(reason) },
    now: Date.now,
    random: Math.random,
  });
  onTestFinished(() => dispatch.stop(0));
  await until(async () => (await spool.consumer(unusableConsumer)).dead === junk);
  await until(async () => (await spool.consumer(unusableConsumer)).cursor === junk + 1);
  // A step of 128 entries may come after the thousandth.
  expect(commits).toBeLessThanOrEqual(Math.ceil(junk / 1024) + 1);
  const [first] = await spool.dead(unusableConsumer, 0, 1);
  expect(first).toMatchObject({ reason: 'frame, byte 4: no frame', attempts: [], lane: '#1' });
  expect(said).toHaveLength(junk);
  expect(sound).toHaveLength(1);
});

it('makes nothing of what is beyond the share of unusable requests, but counts it and says so', async () => {
  const spool = openMemorySpool({ maxBytes: 2 ** 22, now: () => 1e12, random: Math.random });
  await spool.consumer(unusableConsumer);
  const junk = 6000;
  await spool.append(Array.from({ length: junk }, (_, i) => rawRequest(`junk ${i}`)));
  await spool.append([rawRequest('good')]);
  let [explained, discarded] = [0, 0];
  const examiner = {
    recognise() {},
    flaw(entry: Entry): Flaw | undefined {
      explained += 1;
      return flawOf(entry);
    },
    isUnusable: (entry: Entry) => flawOf(entry) !== undefined,
  };
  const letters: string[] = [];
  const droppedPositions: number[] = [];
  const watched = changedSpool(spool, {
    commit(name, progress) {
      for (const { outcome, positions } of progress.outcomes ?? []) {
        if (outcome.state === 'dropped') droppedPositions.push(...positions);
      }
      return spool.commit(name, progress);
    },
  });
  const dispatch = startDispatch([unusableRecipient(examiner, () => {})], {
    spool: watched,
    log: pino({ level: 'silent' }),
    observer: {
      ...quietObserver,
      discarded({ consumer, count, letters: [example] }) {
        expect(consumer).toBe(unusableConsumer);
        discarded += count;
        letters.push(example?.reason ?? '');
      },
    },
    now: () => 1e12,
    random: Math.random,
  });
  onTestFinished(() => dispatch.stop(0));
  await until(async () => (await spool.consumer(unusableConsumer)).cursor === junk + 1);
  const { dead, tally } = await spool.consumer(unusableConsumer);
  expect(dead + tally.dropped).toBe(junk);
  expect(tally.filtered).toBe(1);
  expect(discarded).toBeGreaterThan(3000);
  expect(tally.dropped).toBeGreaterThanOrEqual(discarded);
  expect(new Set(letters)).toEqual(new Set(['frame, byte 4: no frame']));
  expect(droppedPositions).toHaveLength(discarded);
  expect(droppedPositions).toContain(junk);
  // For each that is kept, and one of each step: not for all of the flood.
  expect(explained).toBeLessThan(junk - discarded + letters.length + 10);
});
