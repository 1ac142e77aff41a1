/** A batch that fails: what is sent again in halves, what is not, and that the order of a lane outlives it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptBatch, type PartEnding } from '../../../src/notifier/http/batch-attempt.ts';
import type { Fault } from '../../../src/notifier/http/judge-ending.ts';
import type { Delivery, Outcome } from '../../../src/notifier/notifier.ts';
import { eventNotification } from '../samples.ts';

const delivered: PartEnding = { outcome: { status: 'delivered' }, fault: 'unknown' };
const failure = (fault: Fault): PartEnding =>
  fault === 'body'
    ? { outcome: { status: 'rejected', reason: 'bad' }, fault }
    : { outcome: { status: 'retry', reason: 'later' }, fault };

/** `lanes` lanes in turn. */
function deliveries(count: number, lanes = count, attempt = 1): readonly Delivery[] {
  return Array.from({ length: count }, (_, i) => ({
    notification: eventNotification(`${i}`),
    attempt,
    lane: `lane-${i % lanes}`,
  }));
}

/** A receiver that fails a request in which one of `poison` is. */
async function attempted(given: readonly Delivery[], poison: ReadonlySet<string>, fault: Fault, most = 1000) {
  const requests: string[][] = [];
  const taken: string[] = [];
  const outcomes = await attemptBatch(given, {
    divide: (all) =>
      Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most)),
    send: async (part) => {
      const ids = part.map(({ notification }) => notification.id);
      requests.push(ids);
      if (ids.some((id) => poison.has(id))) return failure(fault);
      taken.push(...ids);
      return delivered;
    },
  });
  return { requests, taken, outcomes: new Map(given.map(({ notification }, i) => [notification.id, outcomes[i]])) };
}

const statuses = (outcomes: ReadonlyMap<string, Outcome | undefined>, status: string): string[] =>
  [...outcomes].flatMap(([id, outcome]) => (outcome?.status === status ? [id] : []));

describe('a batch', () => {
  it('is one request where nothing fails', async () => {
    const { requests } = await attempted(deliveries(50), new Set(), 'body');
    expect(requests.map((ids) => ids.length)).toEqual([50]);
  });

  it('that the receiver refuses loses only what is refused by itself, in few requests', async () => {
    const { requests, outcomes, taken } = await attempted(deliveries(64), new Set(['37']), 'body');
    expect(statuses(outcomes, 'rejected')).toEqual(['37']);
    expect(taken).toHaveLength(63);
    expect(requests).toHaveLength(13);
  });

  it('that fails for a reason that is not known fails as one the first time', async () => {
    const { requests, outcomes } = await attempted(deliveries(50), new Set(['7']), 'unknown');
    expect(requests).toHaveLength(1);
    expect(statuses(outcomes, 'retry')).toHaveLength(50);
  });

  it('and is halved when it was attempted before, so that the cause holds back its own lane alone', async () => {
    const { outcomes, taken } = await attempted(deliveries(50, 10, 2), new Set(['7']), 'unknown');
    expect(statuses(outcomes, 'retry')).toEqual(['7', '17', '27', '37', '47']);
    expect(taken).toHaveLength(45);
  });

  it('is not halved where the receiver is away, and nothing more is sent', async () => {
    const { requests, outcomes } = await attempted(deliveries(50, 50, 2), new Set(['7']), 'receiver', 10);
    expect(requests).toHaveLength(1);
    expect(statuses(outcomes, 'retry')).toHaveLength(50);
  });

  it('goes no further where part after part fails', async () => {
    const all = deliveries(1000, 1000, 2);
    const { requests, outcomes } = await attempted(
      all,
      new Set(all.map(({ notification }) => notification.id)),
      'unknown',
    );
    expect(requests.length).toBeLessThanOrEqual(13);
    expect(statuses(outcomes, 'retry')).toHaveLength(1000);
  });

  it('of which the receiver names some has delivered the others', async () => {
    const given = deliveries(4, 2);
    const named = new Map<string, Outcome>([
      ['0', { status: 'retry', reason: 'x' }],
      ['1', { status: 'rejected', reason: 'y' }],
      ['unknown', { status: 'rejected', reason: 'z' }],
    ]);
    const sent: number[] = [];
    const outcomes = await attemptBatch(given, {
      divide: (all) => [all.slice(0, 2), all.slice(2)],
      send: async (part) => {
        sent.push(part.length);
        return { ...delivered, named };
      },
    });
    // The third one comes after one of its lane that failed.
    expect(outcomes.map(({ status }) => status)).toEqual(['retry', 'rejected', 'retry', 'delivered']);
    expect(sent).toEqual([2, 1]);
  });

  it('keeps the order of each lane and gives each an outcome, whatever fails', async () => {
    const faults = fc.constantFrom<Fault>('body', 'unknown', 'receiver');
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          count: fc.integer({ min: 0, max: 70 }),
          lanes: fc.integer({ min: 1, max: 8 }),
          attempt: fc.integer({ min: 1, max: 2 }),
          most: fc.integer({ min: 1, max: 70 }),
          poison: fc.uniqueArray(fc.integer({ min: 0, max: 70 }).map(String), { maxLength: 5 }),
          fault: faults,
        }),
        async ({ count, lanes, attempt, most, poison, fault }) => {
          const given = deliveries(count, lanes, attempt);
          const { outcomes, taken } = await attempted(given, new Set(poison), fault, most);
          expect(statuses(outcomes, 'delivered').toSorted()).toEqual(taken.toSorted());
          expect([...outcomes.values()].every((outcome) => outcome !== undefined)).toBe(true);
          for (let lane = 0; lane < lanes; lane += 1) {
            const mine = taken.map(Number).filter((id) => id % lanes === lane);
            expect(mine).toEqual(mine.toSorted((a, b) => a - b));
            const failed = statuses(outcomes, 'retry')
              .map(Number)
              .filter((id) => id % lanes === lane);
            expect(mine.every((id) => id < Math.min(...failed))).toBe(true);
          }
        },
      ),
    );
  });
});
