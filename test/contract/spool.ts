/** What every engine of the log must do, whatever it keeps it in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position, RawRequest } from '../../src/base/request.ts';
import {
  aheadLimit,
  type DeadLetter,
  type Deferral,
  type Discarded,
  type FinalOutcome,
  type Spool,
  unusableConsumer,
} from '../../src/spool/spool.ts';
import { memoryLimit } from '../../src/spool/spool-memory.ts';

export interface SpoolUnderTest {
  readonly spool: Spool;
  close(): Promise<void>;
}

/** Milliseconds; every engine under test is opened with this clock. */
export const testTime = Date.UTC(2026, 10, 21, 12);

export function rawRequest(text: string): RawRequest {
  return { format: 'datagram', bytes: Buffer.from(text) };
}

const textOf = (request: RawRequest): string => Buffer.from(request.bytes).toString();

function deferral(position: Position, lane: string, dueAt: number): Deferral {
  const attempts = [{ at: testTime, durationMs: 5, outcome: 'retry', reason: 'the receiver answered 503' }] as const;
  return { position, lane, dueAt, attempts };
}

export type OnDiscard = (discarded: Discarded) => void;

/** `open` makes an empty log that holds at most `maxBytes`, retains nothing, and says which dead letters it discards. */
export function spoolContract(
  engine: string,
  open: (maxBytes: number, onDiscard: OnDiscard) => Promise<SpoolUnderTest>,
): void {
  describe(`the ${engine} spool keeps the contract`, () => {
    let under: SpoolUnderTest;
    let spool: Spool;
    let discarded: string[];
    const never = new AbortController().signal;

    beforeEach(async () => {
      discarded = [];
      under = await open(1_000_000, ({ consumer, count, letters }) => {
        const positions = letters.map(({ entry }) => entry.position).join(' ');
        discarded.push(`${consumer}: ${count}, ${positions}`);
      });
      spool = under.spool;
    });
    afterEach(() => under.close());

    const append = async (...texts: string[]): Promise<Position> => (await spool.append(texts.map(rawRequest))).first;
    const texts = async (after: Position, limit = 100): Promise<string[]> =>
      (await spool.read(after, limit)).map((entry) => textOf(entry.request));
    const letter = async (position: Position, reason: string): Promise<DeadLetter> => {
      const entry = await spool.get(position);
      if (entry === undefined) throw new Error(`no entry ${position}`);
      return { entry, lane: 'a', at: testTime, reason, attempts: [] };
    };
    const counts = async (name: string): Promise<object> => {
      const { deferred, dead, tally } = await spool.consumer(name);
      return { deferred, dead, ...tally };
    };

    describe('the log', () => {
      it('answers the ids of what was appended, of several batches at once too', async () => {
        await spool.consumer('holds');
        const batches = [['one'], ['two', 'three']].map((some) => spool.append(some.map(rawRequest)));
        const ids = (await Promise.all(batches)).flatMap((one, i) => [...Array(i + 1).keys()].map(one.idOf));
        expect(ids).toEqual((await spool.read(0, 100)).map(({ id }) => id));
        expect(new Set(ids).size).toBe(3);
      });

      it('gives rising positions from 1 and reads back what was appended, in order', async () => {
        await spool.consumer('holds');
        expect(await append('one', 'two')).toBe(1);
        expect(await append('three')).toBe(3);
        expect(await texts(0)).toEqual(['one', 'two', 'three']);
        expect(await texts(1, 1)).toEqual(['two']);
        expect(await texts(3)).toEqual([]);
        expect((await spool.state()).last).toBe(3);
      });

      it('keeps bytes as they came, zero bytes and all, and the size of what was cut', async () => {
        await spool.consumer('holds');
        const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
        await spool.append([{ format: 'datagram', bytes, truncatedFrom: 99_999 }]);
        const [entry] = await spool.read(0, 1);
        expect(entry?.request.truncatedFrom).toBe(99_999);
        expect(Buffer.from(entry?.request.bytes ?? []).equals(bytes)).toBe(true);
      });

      it('names entries by ids that sort as they came', async () => {
        await spool.consumer('holds');
        await append(...Array.from({ length: 300 }, (_, i) => `${i}`));
        const ids = (await spool.read(0, 1000)).map((entry) => entry.id);
        expect(new Set(ids).size).toBe(300);
        expect([...ids].sort()).toEqual(ids);
        expect(ids.every((id) => /^[0-9A-Z]{26}$/.test(id))).toBe(true);
      });

      it('takes nothing of a batch that does not fit, and goes on with one that does', async () => {
        await spool.consumer('holds');
        const large = 'x'.repeat(600_000);
        await append(large);
        await expect(append('small', large)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
        expect((await spool.state()).last).toBe(1);
        expect(await append('small')).toBe(2);
      });

      it('has room again when the consumers have passed', async () => {
        await spool.consumer('slow');
        const large = 'x'.repeat(600_000);
        await append(large);
        await expect(append(large)).rejects.toMatchObject({ code: 'SPOOL_FULL' });
        await spool.commit('slow', { cursor: 1 });
        expect(await append(large)).toBe(2);
      });

      it('appends in the order of asking when several appends are under way', async () => {
        await spool.consumer('holds');
        const firsts = await Promise.all([append('1', '2'), append('3'), append(), append('4', '5', '6'), append('7')]);
        expect(firsts).toEqual([1, 3, 4, 4, 7]);
        expect(await texts(0)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
      });

      it('takes one request that leaves 1 KiB of all that it may hold, as the configuration promises', async () => {
        await spool.consumer('holds');
        expect(await append('x'.repeat(1_000_000 - 1024))).toBe(1);
      });

      it('refuses what alone is larger than all that it may hold', async () => {
        await spool.consumer('holds');
        await expect(append('x'.repeat(1_000_000))).rejects.toMatchObject({ code: 'SPOOL_FULL' });
        expect(await append('small')).toBe(1);
      });

      it('keeps requests of any size and number in order', async () => {
        await spool.consumer('holds');
        const sizes = [0, 1, 4095, 200_000, 0, 65_536, 300_000, 17];
        await append(...sizes.map((size, i) => `${i}`.repeat(size)));
        await append(...Array.from({ length: 500 }, (_, i) => `n${i}`));
        const entries = [...(await spool.read(0, 600))];
        while (entries.length < 508) entries.push(...(await spool.read(entries.length, 600)));
        expect(entries.map(({ position }) => position)).toEqual(Array.from({ length: 508 }, (_, i) => i + 1));
        expect(entries.slice(0, 8).map(({ request }) => request.bytes.byteLength)).toEqual(sizes);
        expect((await texts(507)).concat(await texts(300, 1))).toEqual(['n499', 'n292']);
        expect(textOf((await spool.get(9))?.request ?? rawRequest('gone'))).toBe('n0');
      });

      it('wakes who waits for an arrival, and lets go of who gives up', async () => {
        const arrived = spool.arrival(0, never);
        await append('one');
        await arrived;
        await spool.arrival(0, never);
        const controller = new AbortController();
        const given = spool.arrival(1, controller.signal);
        controller.abort();
        await given;
      });

      it('answers nothing after it was closed', async () => {
        await spool.close();
        await spool.close();
        await expect(append('late')).rejects.toMatchObject({ code: 'SPOOL_IO' });
        await expect(spool.read(0, 1)).rejects.toMatchObject({ code: 'SPOOL_IO' });
      });
    });

    describe('consumers', () => {
      it('start at the end of the log, or where they are told, and stay where they are', async () => {
        await spool.consumer('first');
        await append('one', 'two');
        expect((await spool.consumer('new')).cursor).toBe(2);
        expect((await spool.consumer('early', 1)).cursor).toBe(1);
        await spool.commit('new', { cursor: 2 });
        expect((await spool.consumer('early', 0)).cursor).toBe(1);
        expect((await spool.consumer('first')).cursor).toBe(0);
      });

      it('have cursors that never move back', async () => {
        await spool.consumer('a');
        await append('one', 'two', 'three');
        await spool.commit('a', { cursor: 2 });
        await spool.commit('a', { cursor: 1 });
        expect((await spool.consumer('a')).cursor).toBe(2);
      });

      it('hold the log each for itself', async () => {
        await spool.consumer('fast');
        await spool.consumer('slow');
        await append('one', 'two');
        await spool.commit('fast', { cursor: 2 });
        expect(await texts(0)).toEqual(['one', 'two']);
        await spool.commit('slow', { cursor: 1 });
        expect(await spool.get(2)).toBeDefined();
        await spool.removeConsumer('slow');
        expect((await spool.state()).consumers.map(({ name }) => name)).toEqual(['fast']);
      });

      it('are counted as they are told', async () => {
        await spool.consumer('a');
        await spool.commit('a', { tally: { delivered: 2, filtered: 1 } });
        await spool.commit('a', { tally: { delivered: 1, dropped: 4, damaged: 2 } });
        await spool.commit('a', { tally: { damaged: 1 } });
        expect(await counts('a')).toEqual({ deferred: 0, dead: 0, delivered: 3, filtered: 1, dropped: 4, damaged: 3 });
        await spool.commit('a', { tally: { coalesced: 2 } });
        await spool.commit('a', { tally: { coalesced: 2 ** 32 } });
        expect((await spool.consumer('a')).tally).toMatchObject({ delivered: 3, coalesced: 2 ** 32 + 2 });
      });

      it('keep what a deferred entry stands for', async () => {
        await spool.consumer('a');
        await append('one', 'two');
        const coalesced = { count: 2, firstReceivedAt: 1000 };
        await spool.commit('a', {
          cursor: 2,
          defer: [
            { position: 1, lane: 'x', dueAt: 0, attempts: [] },
            { position: 2, lane: 'x', dueAt: 0, attempts: [], coalesced },
          ],
        });
        expect((await spool.deferred('a', 0, 2)).map((one) => one.coalesced)).toEqual([undefined, coalesced]);
      });

      it('remember where they began, and count what they are given once more', async () => {
        const origin = async (name: string): Promise<number> => (await spool.consumer(name)).origin;
        await spool.consumer('first');
        await append('one', 'two', 'three');
        await spool.consumer('new');
        await spool.consumer('early', 1);
        expect([await origin('first'), await origin('early'), await origin('new')]).toEqual([0, 1, 3]);
        await spool.commit('early', { cursor: 3 });
        expect(await origin('early')).toBe(1);
        await spool.commit('early', { defer: [deferral(1, 'x', 1), deferral(2, 'x', 1)], replayed: 2 });
        expect(await origin('early')).toBe(-1);
        await spool.commit('early', { removeDeferred: [2], replayed: -1 });
        await spool.commit('early', { tally: { delivered: 1 } });
        expect(await origin('early')).toBe(0);
        const { consumers } = await spool.state();
        expect(consumers.find(({ name }) => name === 'early')?.origin).toBe(0);
      });

      it('remember what is finished beyond their cursor until it passes that', async () => {
        await spool.consumer('a');
        await spool.consumer('b');
        await append(...Array.from({ length: 20 }, (_, i) => `${i}`));
        await spool.commit('a', { cursor: 2, ahead: [9, 4, 1, 2, 17], tally: { delivered: 5 } });
        expect(await spool.ahead('a', 0, 9)).toEqual([4, 9, 17]);
        expect(await spool.ahead('a', 4, 1)).toEqual([9]);
        expect((await spool.consumer('a')).ahead).toBe(3);
        // A step of the other kind, and one that says nothing of it.
        await spool.commit('a', { ahead: [5, 9], defer: [deferral(1, 'x', 1), deferral(7, 'x', 1)] });
        await spool.commit('a', { removeDeferred: [1] });
        await spool.commit('a', { cursor: 4, tally: { delivered: 1 } });
        expect(await spool.ahead('a', 0, 9)).toEqual([5, 9, 17]);
        await spool.commit('a', { cursor: 16, removeDeferred: [7] });
        expect(await spool.ahead('a', 0, 9)).toEqual([17]);
        await spool.commit('a', { cursor: 20 });
        expect(await spool.ahead('a', 0, 9)).toEqual([]);
        expect(await spool.ahead('b', 0, 9)).toEqual([]);
        expect((await spool.state()).consumers.map(({ ahead }) => ahead)).toEqual([0, 0]);
      });

      it('remember that as far as the limit, also when the cursor goes a long way', async () => {
        await spool.consumer('a');
        const far = [1, aheadLimit, aheadLimit + 1].map((distance) => 50 + distance);
        await spool.commit('a', { cursor: 50, ahead: far });
        expect(await spool.ahead('a', 0, 9)).toEqual([51, 50 + aheadLimit]);
        await spool.commit('a', { cursor: 60, ahead: far });
        expect(await spool.ahead('a', 0, 9)).toEqual([50 + aheadLimit, 51 + aheadLimit]);
        await spool.commit('a', { cursor: 3 * aheadLimit, ahead: [3 * aheadLimit + 2] });
        expect(await spool.ahead('a', 0, 9)).toEqual([3 * aheadLimit + 2]);
      });

      it('are made once, however many ask at once', async () => {
        await append('one');
        const [a, b] = await Promise.all([spool.consumer('a'), spool.consumer('a', 0), spool.consumer('b')]);
        expect(a).toEqual(b);
        expect((await spool.state()).consumers.map(({ name }) => name)).toEqual(['a', 'b']);
      });

      it('take steps that are asked for at once one after the other', async () => {
        await spool.consumer('a');
        await append('1', '2', '3');
        await Promise.all([
          spool.commit('a', { cursor: 1, tally: { delivered: 1 } }),
          spool.commit('a', { cursor: 2, defer: [deferral(2, 'x', 5)] }),
          spool.commit('a', { cursor: 3, tally: { filtered: 1 } }),
          spool.commit('a', { removeDeferred: [2], tally: { delivered: 1 } }),
        ]);
        expect((await spool.consumer('a')).cursor).toBe(3);
        expect(await counts('a')).toEqual({ deferred: 0, dead: 0, delivered: 2, filtered: 1, dropped: 0, damaged: 0 });
      });

      it('are refused when nobody knows them', async () => {
        await expect(spool.commit('nobody', { cursor: 1 })).rejects.toThrow(/nobody/);
      });
    });

    describe('deferred entries', () => {
      beforeEach(async () => {
        await spool.consumer('a');
        await append('1', '2', '3', '4', '5', '6');
      });

      it('come due by time, one head for each lane', async () => {
        await spool.commit('a', {
          cursor: 6,
          defer: [deferral(1, 'x', 300), deferral(2, 'y', 100), deferral(3, 'x', 0), deferral(4, 'z', 900)],
        });
        expect(await spool.nextDue('a')).toBe(100);
        expect(await spool.nextDue('a', 99)).toBe(100);
        expect(await spool.nextDue('a', 100)).toBe(300);
        expect(await spool.nextDue('a', 300)).toBe(900);
        expect(await spool.nextDue('a', 900)).toBeUndefined();
        expect((await spool.due('a', 99, 10)).map(({ position }) => position)).toEqual([]);
        expect((await spool.due('a', 300, 10)).map(({ position }) => position)).toEqual([2, 1]);
        expect((await spool.due('a', 300, 1)).map(({ position }) => position)).toEqual([2]);
        expect(await spool.due('a', 300, 10)).toEqual([deferral(2, 'y', 100), deferral(1, 'x', 300)]);
        expect(await spool.deferredIn('a', ['x', 'y', 'none'])).toEqual(
          new Map([
            ['x', 2],
            ['y', 1],
          ]),
        );
      });

      it('make the next of the lane head when the head is settled', async () => {
        await spool.commit('a', { cursor: 3, defer: [deferral(1, 'x', 300), deferral(3, 'x', 0)] });
        await spool.commit('a', { removeDeferred: [1] });
        expect((await spool.due('a', 0, 10)).map(({ position }) => position)).toEqual([3]);
        await spool.commit('a', { removeDeferred: [3] });
        expect(await spool.due('a', 1e15, 10)).toEqual([]);
        expect(await spool.nextDue('a')).toBeUndefined();
      });

      it('are replaced, and keep their place in the lane', async () => {
        await spool.commit('a', { cursor: 3, defer: [deferral(2, 'x', 0), deferral(1, 'x', 300)] });
        await spool.commit('a', { defer: [deferral(1, 'x', 700)] });
        expect(await spool.due('a', 699, 10)).toEqual([]);
        expect((await spool.lane('a', 'x', 10)).map(({ position, dueAt }) => [position, dueAt])).toEqual([
          [1, 700],
          [2, 0],
        ]);
        expect((await spool.lane('a', 'x', 1)).map(({ position }) => position)).toEqual([1]);
        expect(await spool.lane('a', 'none', 1)).toEqual([]);
        expect(await counts('a')).toMatchObject({ deferred: 2 });
      });

      it('come in the order of the log when they are due at the same time', async () => {
        const defer = [deferral(5, 'x', 7), deferral(2, 'y', 7), deferral(4, 'z', 7), deferral(3, 'w', 6)];
        await spool.commit('a', { cursor: 6, defer });
        expect((await spool.due('a', 7, 3)).map(({ position }) => position)).toEqual([3, 2, 4]);
      });

      it('make way for one that is put before them in their lane', async () => {
        await spool.commit('a', { defer: [deferral(4, 'x', 40)] });
        await spool.commit('a', { defer: [deferral(2, 'x', 90), deferral(6, 'x', 1)] });
        expect((await spool.due('a', 1000, 9)).map(({ position }) => position)).toEqual([2]);
        expect(await spool.nextDue('a')).toBe(90);
        await spool.commit('a', { removeDeferred: [4, 2] });
        expect(await spool.nextDue('a')).toBe(1);
      });

      it('can change their lane', async () => {
        await spool.commit('a', { cursor: 6, defer: [deferral(1, 'x', 1), deferral(2, 'x', 2)] });
        await spool.commit('a', { defer: [deferral(1, 'y', 3)] });
        expect((await spool.due('a', 9, 9)).map(({ position, lane }) => `${position} ${lane}`)).toEqual(['2 x', '1 y']);
        expect([...(await spool.deferredIn('a', ['x', 'y']))]).toEqual([
          ['x', 1],
          ['y', 1],
        ]);
      });

      it('have lanes of any name and length', async () => {
        const lanes = ['', 'é', 'e\u0301', 'a\0b', 'a\0', '\ud800', '\udfff', 'x'.repeat(5000), `${'x'.repeat(5000)}y`];
        await append(...lanes.map(String));
        const defer = lanes.map((lane, i) => deferral(i + 1, lane, i));
        await spool.commit('a', { defer });
        expect(await spool.due('a', 100, 100)).toEqual(defer);
        expect([...(await spool.deferredIn('a', lanes)).values()]).toEqual(lanes.map(() => 1));
        for (const [i, lane] of lanes.entries()) expect(await spool.lane('a', lane, 9)).toEqual([defer[i]]);
      });

      it('are settled without harm when they are none', async () => {
        await spool.commit('a', { cursor: 6, removeDeferred: [1, 2], removeDead: [3] });
        expect(await counts('a')).toMatchObject({ deferred: 0, dead: 0 });
      });

      it('hold their entry when everything before and behind has passed', async () => {
        await spool.commit('a', { cursor: 6, defer: [deferral(3, 'x', 300)] });
        expect(textOf((await spool.get(3))?.request ?? rawRequest('gone'))).toBe('3');
        await spool.commit('a', { removeDeferred: [3] });
        expect(await counts('a')).toMatchObject({ deferred: 0 });
      });

      it('are listed in order of position, page by page', async () => {
        await spool.commit('a', { cursor: 6, defer: [deferral(5, 'x', 1), deferral(2, 'y', 9), deferral(3, 'x', 5)] });
        expect((await spool.deferred('a', 0, 2)).map(({ position }) => position)).toEqual([2, 3]);
        expect((await spool.deferred('a', 3, 2)).map(({ position }) => position)).toEqual([5]);
      });

      it('of one consumer are not those of another', async () => {
        await spool.consumer('b', 0);
        await spool.commit('a', { cursor: 6, defer: [deferral(2, 'x', 1)] });
        expect(await spool.due('b', 100, 10)).toEqual([]);
        await spool.removeConsumer('a');
        await spool.consumer('a');
        expect(await spool.due('a', 100, 10)).toEqual([]);
      });
    });

    describe('dead letters', () => {
      beforeEach(async () => {
        await spool.consumer('a');
        await append('1', '2', '3');
      });

      it('keep the request after the log has let it go', async () => {
        await spool.commit('a', { cursor: 3, addDead: [await letter(2, 'refused')], tally: { delivered: 2 } });
        const [dead] = await spool.dead('a', 0, 10);
        expect(dead).toMatchObject({ reason: 'refused', entry: { position: 2 }, at: testTime });
        expect(textOf(dead?.entry.request ?? rawRequest('gone'))).toBe('2');
        expect(await counts('a')).toMatchObject({ dead: 1, delivered: 2 });
      });

      it('are listed in order, page by page, and removed one by one', async () => {
        await spool.commit('a', {
          cursor: 3,
          addDead: [await letter(3, 'c'), await letter(1, 'a'), await letter(2, 'b')],
        });
        expect((await spool.dead('a', 0, 2)).map(({ reason }) => reason)).toEqual(['a', 'b']);
        expect((await spool.dead('a', 2, 2)).map(({ reason }) => reason)).toEqual(['c']);
        await spool.commit('a', { removeDead: [1, 3] });
        expect((await spool.dead('a', 0, 9)).map(({ reason }) => reason)).toEqual(['b']);
      });

      it('can be tried again', async () => {
        await spool.commit('a', { cursor: 3, addDead: [await letter(2, 'refused')] });
        await append('4');
        await spool.commit('a', { cursor: 4 });
        await spool.commit('a', { removeDead: [2], defer: [deferral(2, 'x', 0)] });
        expect((await spool.due('a', 0, 1)).map(({ position }) => position)).toEqual([2]);
        expect(textOf((await spool.get(2))?.request ?? rawRequest('gone'))).toBe('2');
        expect(await counts('a')).toMatchObject({ dead: 0, deferred: 1 });
      });

      it('can be tried again by two consumers, each for itself', async () => {
        await spool.consumer('b', 0);
        for (const name of ['a', 'b']) await spool.commit(name, { cursor: 3, addDead: [await letter(2, 'refused')] });
        for (const name of ['a', 'b']) await spool.commit(name, { removeDead: [2], defer: [deferral(2, 'x', 0)] });
        await spool.commit('a', { removeDeferred: [2], addDead: [await letter(2, 'again')] });
        expect(textOf((await spool.get(2))?.request ?? rawRequest('gone'))).toBe('2');
        await spool.commit('b', { removeDeferred: [2] });
        expect(await counts('a')).toMatchObject({ dead: 1, deferred: 0 });
        expect((await spool.dead('a', 0, 9)).map(({ reason }) => reason)).toEqual(['again']);
      });

      it('are one when they are given up twice', async () => {
        await spool.consumer('holds', 0);
        await spool.commit('a', { cursor: 3, addDead: [await letter(2, 'first')] });
        await spool.commit('a', { addDead: [await letter(2, 'second')] });
        expect((await spool.dead('a', 0, 9)).map(({ reason }) => reason)).toEqual(['second']);
        expect(await counts('a')).toMatchObject({ dead: 1 });
        await spool.commit('a', { removeDead: [2] });
        expect(await counts('a')).toMatchObject({ dead: 0 });
      });

      it('are discarded before they stop the intake: the oldest of the consumer that has most', async () => {
        for (const name of ['b', 'holds']) await spool.consumer(name, 0);
        await append(...Array.from({ length: 7 }, () => 'x'.repeat(70_000)));
        await spool.commit('b', { cursor: 10, addDead: [await letter(5, 'b')] });
        const letters = [await letter(8, ''), await letter(4, ''), await letter(7, '')];
        await spool.commit('a', { cursor: 10, addDead: letters });
        expect(discarded).toEqual(['a: 1, 4']);
        expect(await counts('a')).toMatchObject({ dead: 2, dropped: 1 });
        expect(await counts('b')).toMatchObject({ dead: 1, dropped: 0 });
        expect((await spool.state()).bytes).toBeLessThanOrEqual(1_000_000);
      });

      it('of a consumer are never discarded within its part of the share, whatever the others have', async () => {
        await spool.consumer('b', 0);
        await append(...Array.from({ length: 10 }, () => 'x'.repeat(30_000)));
        const own = [await letter(4, ''), await letter(5, ''), await letter(6, '')];
        await spool.commit('b', { cursor: 13, addDead: own });
        for (let position = 7; position <= 13; position++) {
          await spool.commit('a', { cursor: position, addDead: [await letter(position, '')] });
        }
        expect(await counts('b')).toMatchObject({ dead: 3, dropped: 0 });
        expect(await counts('a')).toMatchObject({ dead: 5, dropped: 2 });
        expect((await spool.dead('a', 0, 1)).map(({ entry }) => entry.position)).toEqual([9]);
      });

      it('that are unusable requests have a share of their own, and leave those of the others alone', async () => {
        await spool.consumer(unusableConsumer, 0);
        await append(...Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(2000, 'x')));
        await spool.commit('a', { cursor: 103, addDead: [await letter(4, 'good')] });
        for (let first = 5; first <= 100; first += 16) {
          const addDead = await Promise.all(
            Array.from({ length: 16 }, (_, i) => letter(Math.min(103, first + i), 'junk')),
          );
          await spool.commit(unusableConsumer, { cursor: first, addDead });
        }
        expect(await counts('a')).toMatchObject({ dead: 1, dropped: 0 });
        const { dead, dropped } = (await counts(unusableConsumer)) as { dead: number; dropped: number };
        expect(dead + dropped).toBe(96);
        // A twentieth of what the spool may take.
        expect(dead).toBeGreaterThan(50_000 / 2512 / 2);
        expect(dead).toBeLessThanOrEqual(50_000 / 2064);
        const kept = await spool.dead(unusableConsumer, 0, 100);
        expect(kept.map(({ entry }) => entry.position).at(-1)).toBe(100);
        expect(discarded.every((one) => /^unusable: \d+, \d+$/.test(one))).toBe(true);
      });

      it('that are unusable requests are worth making until their share is full, and those of a notifier always', async () => {
        await spool.consumer(unusableConsumer, 0);
        expect(spool.admit(unusableConsumer, 1_000_000)).toBe(1_000_000);
        await append(...Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(200, 'x')));
        const addDead = await Promise.all(Array.from({ length: 300 }, (_, i) => letter(4 + i, 'junk')));
        await spool.commit(unusableConsumer, { addDead });
        expect(spool.admit('a', 1_000_000)).toBe(1_000_000);
        const some = spool.admit(unusableConsumer, 1_000_000);
        expect(some).toBeGreaterThan(0);
        expect(some).toBeLessThan(1000);
        expect(spool.admit(unusableConsumer, 1_000_000)).toBeLessThan(1000);
      });

      it('that are unusable requests are kept, the newest at least, when they are longer than their share', async () => {
        await spool.consumer(unusableConsumer, 0);
        await append('x'.repeat(1000), 'y'.repeat(200_000));
        await spool.commit(unusableConsumer, { addDead: [await letter(4, 'junk'), await letter(5, 'junk')] });
        expect((await spool.dead(unusableConsumer, 0, 9)).map(({ entry }) => entry.position)).toEqual([5]);
      });

      it('that are unusable requests are the first to be discarded', async () => {
        await spool.consumer(unusableConsumer, 0);
        await append(...Array.from({ length: 5 }, () => 'x'.repeat(56_000)), 'y'.repeat(30_000));
        await spool.commit(unusableConsumer, { cursor: 9, addDead: [await letter(9, 'junk')] });
        for (const position of [4, 5, 6, 7]) await spool.commit('a', { addDead: [await letter(position, 'good')] });
        expect(await counts('a')).toMatchObject({ dead: 4, dropped: 0 });
        expect(await counts(unusableConsumer)).toMatchObject({ dead: 0, dropped: 1 });
        await spool.commit('a', { addDead: [await letter(8, 'good')] });
        expect(await counts('a')).toMatchObject({ dead: 4, dropped: 1 });
      });

      it('are gone with their consumer', async () => {
        await spool.commit('a', { cursor: 3, addDead: [await letter(2, 'refused')] });
        await spool.removeConsumer('a');
        expect((await spool.consumer('a')).dead).toBe(0);
      });
    });

    describe('outcomes', () => {
      const delivered = (attempts: number, detail = '202'): FinalOutcome => ({ state: 'delivered', attempts, detail });
      const filtered = (option: string): FinalOutcome => ({ state: 'filtered', option, detail: 'not wanted' });
      const known = async (name: string, ...positions: Position[]): Promise<object> =>
        Object.fromEntries(await spool.outcomes(name, positions));

      beforeEach(async () => {
        for (const name of ['a', 'b', 'holds']) await spool.consumer(name, 0);
        await append(...Array.from({ length: 20 }, (_, i) => `${i + 1}`));
      });

      it('are known of each consumer for itself, and absent where nothing has been said', async () => {
        await spool.commit('a', {
          cursor: 6,
          outcomes: [
            { outcome: delivered(1), at: testTime, positions: [1, 2, 3, 5] },
            { outcome: filtered('event_groups'), at: testTime, positions: [4] },
          ],
        });
        await spool.commit('b', { outcomes: [{ outcome: delivered(1, 'b'), at: testTime + 1, positions: [20] }] });
        expect(await known('a', 2, 4, 5, 6, 20)).toEqual({
          2: { ...delivered(1), at: testTime },
          4: { ...filtered('event_groups'), at: testTime },
          5: { ...delivered(1), at: testTime },
        });
        expect(await known('b', 2, 20)).toEqual({ 20: { ...delivered(1, 'b'), at: testTime + 1 } });
        expect(await known('holds')).toEqual({});
      });

      it('are replaced by what happens later', async () => {
        await spool.commit('a', { outcomes: [{ outcome: delivered(1), at: testTime, positions: [1, 2, 3] }] });
        await spool.commit('a', {
          outcomes: [
            { outcome: delivered(4), at: testTime + 60_000, positions: [2] },
            { outcome: { state: 'dropped', detail: 'by anna' }, at: testTime + 60_000, positions: [3] },
          ],
        });
        expect(await known('a', 1, 2, 3)).toMatchObject({
          1: { attempts: 1, at: testTime },
          2: { attempts: 4, at: testTime + 60_000 },
          3: { state: 'dropped', detail: 'by anna' },
        });
      });

      it('are those of dead letters, too, that are discarded', async () => {
        await append(...Array.from({ length: 4 }, () => 'x'.repeat(80_000)));
        const addDead = await Promise.all([21, 22, 23, 24].map((position) => letter(position, 'refused')));
        await spool.commit('a', { cursor: 24, addDead });
        expect(await known('a', 21, 24)).toEqual({
          21: {
            state: 'dropped',
            detail: expect.stringContaining('spool_max_size'),
            at: testTime,
          },
        });
      });

      it('go with their consumer', async () => {
        await spool.commit('a', { outcomes: [{ outcome: delivered(1), at: testTime, positions: [1] }] });
        await spool.removeConsumer('a');
        await spool.consumer('a', 0);
        expect(await known('a', 1)).toEqual({});
      });
    });

    it('remembers bytes under a name, the newest, and no more than its limit', async () => {
      expect(await spool.memory.recall('watch')).toBeUndefined();
      const bytes = Uint8Array.of(1, 2, 3);
      await spool.memory.remember('watch', bytes);
      bytes.fill(0);
      expect(await spool.memory.recall('watch')).toEqual(Uint8Array.of(1, 2, 3));
      await spool.memory.remember('watch', Buffer.alloc(memoryLimit, 7));
      await spool.memory.remember('other', new Uint8Array());
      await expect(spool.memory.remember('watch', Buffer.alloc(memoryLimit + 1))).rejects.toMatchObject({
        code: 'SPOOL_IO',
      });
      const kept = await spool.memory.recall('watch');
      expect(kept?.byteLength).toBe(memoryLimit);
      expect(kept?.every((byte) => byte === 7)).toBe(true);
      expect(await spool.memory.recall('other')).toEqual(new Uint8Array());
    });

    it('remembers what the last attempt has shown of a receiver', async () => {
      expect((await spool.consumer('a')).receiver).toBeUndefined();
      await spool.commit('a', { receiver: { at: testTime, failing: '503' } });
      await spool.commit('a', { tally: { filtered: 1 } });
      expect((await spool.consumer('a')).receiver).toEqual({ at: testTime, failing: '503' });
      await spool.commit('a', { receiver: { at: testTime + 1 } });
      expect((await spool.state()).consumers[0]?.receiver).toEqual({ at: testTime + 1 });
    });
  });
}
