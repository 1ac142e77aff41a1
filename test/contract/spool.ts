/** What every engine of the log must do, whatever it keeps it in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Position, RawRequest } from '../../src/request.ts';
import type { DeadLetter, Deferral, Spool } from '../../src/spool/spool.ts';

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

/** `open` makes an empty log that holds at most `maxBytes`. */
export function spoolContract(engine: string, open: (maxBytes: number) => Promise<SpoolUnderTest>): void {
  describe(`the ${engine} spool keeps the contract`, () => {
    let under: SpoolUnderTest;
    let spool: Spool;
    const never = new AbortController().signal;

    beforeEach(async () => {
      under = await open(1_000_000);
      spool = under.spool;
    });
    afterEach(() => under.close());

    const append = (...texts: string[]): Promise<Position> => spool.append(texts.map(rawRequest));
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
        await spool.forget('slow');
        expect((await spool.state()).consumers.map(({ name }) => name)).toEqual(['fast']);
      });

      it('are counted as they are told', async () => {
        await spool.consumer('a');
        await spool.commit('a', { tally: { delivered: 2, filtered: 1 } });
        await spool.commit('a', { tally: { delivered: 1, dropped: 4 } });
        expect(await counts('a')).toEqual({ deferred: 0, dead: 0, delivered: 3, filtered: 1, dropped: 4 });
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
        await spool.commit('a', { settle: [1] });
        expect((await spool.due('a', 0, 10)).map(({ position }) => position)).toEqual([3]);
        await spool.commit('a', { settle: [3] });
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

      it('hold their entry when everything before and behind has passed', async () => {
        await spool.commit('a', { cursor: 6, defer: [deferral(3, 'x', 300)] });
        expect(textOf((await spool.get(3))?.request ?? rawRequest('gone'))).toBe('3');
        await spool.commit('a', { settle: [3] });
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
        await spool.forget('a');
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
        await spool.commit('a', { cursor: 3, bury: [await letter(2, 'refused')], tally: { delivered: 2 } });
        const [dead] = await spool.dead('a', 0, 10);
        expect(dead).toMatchObject({ reason: 'refused', entry: { position: 2 }, at: testTime });
        expect(textOf(dead?.entry.request ?? rawRequest('gone'))).toBe('2');
        expect(await counts('a')).toMatchObject({ dead: 1, delivered: 2 });
      });

      it('are listed in order, page by page, and removed one by one', async () => {
        await spool.commit('a', {
          cursor: 3,
          bury: [await letter(3, 'c'), await letter(1, 'a'), await letter(2, 'b')],
        });
        expect((await spool.dead('a', 0, 2)).map(({ reason }) => reason)).toEqual(['a', 'b']);
        expect((await spool.dead('a', 2, 2)).map(({ reason }) => reason)).toEqual(['c']);
        await spool.commit('a', { exhume: [1, 3] });
        expect((await spool.dead('a', 0, 9)).map(({ reason }) => reason)).toEqual(['b']);
      });

      it('can be tried again', async () => {
        await spool.commit('a', { cursor: 3, bury: [await letter(2, 'refused')] });
        await append('4');
        await spool.commit('a', { cursor: 4 });
        await spool.commit('a', { exhume: [2], defer: [deferral(2, 'x', 0)] });
        expect((await spool.due('a', 0, 1)).map(({ position }) => position)).toEqual([2]);
        expect(textOf((await spool.get(2))?.request ?? rawRequest('gone'))).toBe('2');
        expect(await counts('a')).toMatchObject({ dead: 0, deferred: 1 });
      });

      it('are gone with their consumer', async () => {
        await spool.commit('a', { cursor: 3, bury: [await letter(2, 'refused')] });
        await spool.forget('a');
        expect((await spool.consumer('a')).dead).toBe(0);
      });
    });
  });
}
