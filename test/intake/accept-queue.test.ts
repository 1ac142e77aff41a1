import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import { AcceptQueue, type Answer } from '../../src/intake/accept-queue.ts';
import { taking } from '../support/taking.ts';

const request = (size: number): RawRequest => ({ format: 'datagram', bytes: Buffer.alloc(size) });
/** The ids of an offer of `count` requests, or the reason why it was refused. */
const idsOf = (answer: Answer, count = 0): readonly string[] =>
  'refusal' in answer ? [answer.refusal] : Array.from({ length: count }, (_, index) => answer.idOf(index));
const never = new AbortController().signal;
const unlimited = { maxRequests: 1000, maxPendingBytes: Number.MAX_SAFE_INTEGER, onLost: () => {} };

describe('AcceptQueue', () => {
  it('gives accept at most as many requests as it takes', async () => {
    const sizes: number[] = [];
    const queue = new AcceptQueue(
      taking(async (requests) => void sizes.push(requests.length)),
      { ...unlimited, maxRequests: 4 },
    );
    queue.add(Array.from({ length: 10 }, () => request(1)));
    await queue.settled();
    expect(sizes).toEqual([4, 4, 2]);
    expect(queue.taken).toBe(10);
  });

  it('makes one call of what came during the one before', async () => {
    const sizes: number[] = [];
    const accept = taking(async (requests) => void sizes.push(requests.length));
    const queue = new AcceptQueue(accept, unlimited);
    for (const _ of [1, 2, 3]) queue.add([request(1)]);
    await queue.settled();
    expect(sizes).toEqual([1, 2]);
  });

  it('lets a few requests wait for others, but not many, nor one that comes long after the one before', async () => {
    const sizes: number[] = [];
    const accept = taking(async (requests) => void sizes.push(requests.length));
    const queue = new AcceptQueue(accept, { ...unlimited, gatherMs: () => 3_600_000 });
    queue.add([request(1)]);
    expect(sizes).toEqual([1]);
    await queue.settled();
    for (let i = 1; i < 64; i += 1) queue.add([request(1)]);
    expect(sizes).toEqual([1]);
    queue.add([request(1)]);
    expect(sizes).toEqual([1, 64]);
    await queue.settled();
    queue.add([request(1), request(1)]);
    expect(sizes).toEqual([1, 64]);
    await queue.settled();
    expect(sizes).toEqual([1, 64, 2]);
  });

  it('hands on a few in the end, those too that came while accept was at work', async () => {
    const sizes: number[] = [];
    let second = (): void => {};
    const isSecond = new Promise<void>((resolve) => {
      second = resolve;
    });
    const accept = taking(async (requests) => {
      sizes.push(requests.length);
      if (sizes.length === 1) queue.add([request(1), request(1)]);
      else second();
    });
    const queue: AcceptQueue = new AcceptQueue(accept, { ...unlimited, gatherMs: () => 1 });
    queue.add([request(1)]);
    await isSecond;
    expect(sizes).toEqual([1, 2]);
  });

  it('lets nothing wait where it is full, nor an offer', async () => {
    const sizes: number[] = [];
    const accept = taking(async (requests) => void sizes.push(requests.length));
    const waiting = { ...unlimited, gatherMs: () => 3_600_000 };
    const small = new AcceptQueue(accept, { ...waiting, maxPendingBytes: 1000 });
    small.add([request(1)]);
    await small.settled();
    small.add([request(1000)]);
    await small.room(never);
    const queue = new AcceptQueue(accept, waiting);
    expect(idsOf(await queue.offer([request(1), request(1)]), 2)).toHaveLength(2);
    expect(sizes).toEqual([1, 1, 2]);
  });

  it('is full from its bound on, tiny requests included, and has room again once accept has answered', async () => {
    const releases: (() => void)[] = [];
    const accept = taking(() => new Promise((resolve) => releases.push(resolve)));
    const queue = new AcceptQueue(accept, {
      ...unlimited,
      maxPendingBytes: 10_000,
    });
    let held = 0;
    while (!queue.full) {
      queue.add([request(0)]);
      held += 1;
    }
    expect(held).toBeLessThan(100);
    let room = false;
    const waiting = queue.room(never).then(() => {
      room = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(room).toBe(false);
    releases.shift()?.();
    await waiting;
    expect(queue.full).toBe(false);
    await queue.room(never);
  });

  it('gives up the wait for room when the signal aborts', async () => {
    const queue = new AcceptQueue(() => new Promise(() => {}), { ...unlimited, maxPendingBytes: 1 });
    queue.add([request(1)]);
    const stop = new AbortController();
    const waiting = queue.room(stop.signal);
    stop.abort();
    await waiting;
    await queue.room(stop.signal);
    expect(queue.full).toBe(true);
  });

  it('is settled when accept throws before it promises anything', async () => {
    let lost = 0;
    const queue = new AcceptQueue(
      () => {
        throw new Error('a defect');
      },
      {
        ...unlimited,
        onLost: (requests, reason) => {
          expect(reason).toBe('a defect');
          lost += requests;
        },
      },
    );
    queue.add([request(1)]);
    queue.add([request(1), request(1)]);
    await queue.settled();
    expect(lost).toBe(3);
  });

  it('keeps order and count, whatever is added and refused', async () => {
    const step = fc.record({ add: fc.nat({ max: 20 }), refuse: fc.boolean(), turns: fc.nat({ max: 3 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, maxRequests) => {
          const seen: RawRequest[] = [];
          let refuse = false;
          let lost = 0;
          const queue = new AcceptQueue(
            taking(async (requests) => {
              seen.push(...requests);
              const refused = refuse;
              await new Promise((resolve) => setImmediate(resolve));
              if (refused) throw new Error('no');
            }),
            { maxRequests, maxPendingBytes: 5000, onLost: (requests) => (lost += requests) },
          );
          const added: RawRequest[] = [];
          for (const { add, refuse: next, turns } of steps) {
            refuse = next;
            const requests = Array.from({ length: add }, (_, size) => request(size));
            added.push(...requests);
            queue.add(requests);
            for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
          }
          await queue.settled();
          expect(seen.every((one, index) => one === added[index])).toBe(true);
          expect(queue.taken + lost).toBe(added.length);
          expect(queue.full).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps an offer together, and makes one call of those that wait', async () => {
    const sizes: number[] = [];
    const queue = new AcceptQueue(
      taking(async (requests) => void sizes.push(requests.length)),
      { ...unlimited, maxRequests: 4 },
    );
    const counts = [1, 2, 2, 1, 9, 1];
    const offers = counts.map((count) => queue.offer(Array.from({ length: count }, () => request(1))));
    const ids = (await Promise.all(offers)).flatMap((answer, i) => idsOf(answer, counts[i]));
    expect(ids).toEqual(Array.from({ length: 16 }, (_, i) => `id${i + 1}`));
    expect(sizes).toEqual([1, 4, 1, 9, 1]);
    expect(queue.taken).toBe(16);
  });

  it('makes several calls of offers that have more bytes than one may have, and one of an offer that alone has more', async () => {
    const sizes: number[] = [];
    const accept = taking(async (requests) => void sizes.push(requests.length));
    const queue = new AcceptQueue(accept, { ...unlimited, maxBytes: 3000 });
    const offers = [1, 1, 1, 2, 1].map((count) =>
      queue.offer(Array.from({ length: count }, () => request(count === 2 ? 2000 : 1000))),
    );
    await Promise.all(offers);
    expect(sizes).toEqual([1, 2, 2, 1]);
  });

  it('tells whose requests are not taken, and does not let one that is too large cost the others theirs', async () => {
    let lost = 0;
    const queue = new AcceptQueue(
      taking(async (requests) => {
        if (requests.some(({ bytes }) => bytes.length > 10)) throw new Error('there is no room');
      }),
      { ...unlimited, onLost: (requests) => (lost += requests) },
    );
    const first = queue.offer([request(1)]);
    const offers = [queue.offer([request(2)]), queue.offer([request(3), request(11)]), queue.offer([request(4)])];
    const answers = [await first, ...(await Promise.all(offers))].flatMap((answer) => idsOf(answer, 1));
    expect(answers).toEqual(['id1', 'id2', 'there is no room', 'id3']);
    expect([queue.taken, lost, queue.full]).toEqual([3, 2, false]);
  });

  it('does not try each of many offers when nothing is taken at all', async () => {
    let calls = 0;
    const queue = new AcceptQueue(
      async () => {
        calls += 1;
        throw new Error('the disk is full');
      },
      { ...unlimited, maxPendingBytes: 1 },
    );
    const offers = Array.from({ length: 100 }, () => queue.offer([request(1)]));
    expect(new Set((await Promise.all(offers)).flatMap((answer) => idsOf(answer, 1)))).toEqual(
      new Set(['the disk is full']),
    );
    expect(calls).toBeLessThan(10);
    await queue.settled();
    expect(queue.full).toBe(false);
  });
});
