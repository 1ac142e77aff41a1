/** `order: received`: everything one after the other, whatever fails, waits, is given once more, or is started again. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/admin/run-command.ts';
import type { Dispatch } from '../../src/dispatch/dispatch.ts';
import type { Recipient } from '../../src/dispatch/recipient.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { type Answer, dispatchOn, recipientOf, toolsOf } from '../admin/work.ts';
import { rawRequest } from '../contract/spool.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';
import { tries } from '../support/long.ts';
import { mortalSpool } from '../support/mortal-spool.ts';
import { until } from '../support/until.ts';

const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };
const running: Dispatch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dispatch) => dispatch.stop(0)));
});

/** As the configuration makes it: one attempt at a time. Lanes are those of mailboxes, as if the order had been changed. */
function strict(answer: Answer, maxBatch = 1): Recipient {
  const recipient = recipientOf('n', answer, { concurrency: 1, retryScheduleMs: [1] });
  const notify: Recipient['notifier']['notify'] = async (deliveries, signal) => {
    const outcomes: Outcome[] = [];
    for (const { notification, attempt } of deliveries) {
      const isStopped = outcomes.some(({ status }) => status === 'retry');
      outcomes.push(isStopped ? retry : await answer(notification.message, signal, attempt));
    }
    return outcomes;
  };
  return { ...recipient, asReceived: true, notifier: { ...recipient.notifier, maxBatch, notify } };
}

function start(spool: Spool, recipient: Recipient): Dispatch {
  const dispatch = dispatchOn(spool, [recipient]);
  running.push(dispatch);
  return dispatch;
}

async function spoolFor(): Promise<Spool> {
  const spool = openMemorySpool({ maxBytes: 64_000_000, now: Date.now, random: Math.random });
  await spool.consumer('n', 0);
  await spool.consumer('keeps', 0);
  return spool;
}
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${i % 7}:${i}`);
const append = (spool: Spool, all: readonly string[]): Promise<unknown> => spool.append(all.map(rawRequest));
const isAtEnd = async (spool: Spool): Promise<boolean> => {
  const { cursor, deferred } = await spool.consumer('n');
  return cursor === (await spool.state()).last && deferred === 0;
};

describe('in the order of receipt', () => {
  it('one that fails holds up all others, which stay in the log unread', async () => {
    const spool = await spoolFor();
    await append(spool, texts(1000));
    const seen: string[] = [];
    let isMended = false;
    let tried = 0;
    const answer: Answer = (message) => {
      if (message === 'm3:10' && !isMended) {
        tried++;
        return retry;
      }
      seen.push(message);
      return delivered;
    };
    start(spool, strict(answer));
    await until(() => tried > 20);
    expect(seen).toEqual(texts(10));
    expect((await spool.consumer('n')).deferred).toBeLessThanOrEqual(128);
    isMended = true;
    await until(() => isAtEnd(spool));
    expect(seen).toEqual(texts(1000));
  });

  it.each([1, 16])(
    'nothing is overtaken, whatever fails and however often it is killed (batches of %i)',
    async (maxBatch) => {
      const scenario = fc.record({
        outcomes: fc.infiniteStream(fc.constantFrom<Outcome>(delivered, delivered, delivered, retry)),
        lives: fc.array(fc.record({ after: fc.integer({ min: 1, max: 60 }), killed: fc.boolean() }), { maxLength: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ outcomes, lives }) => {
          const spool = await spoolFor();
          const all = texts(200);
          await append(spool, all);
          const seen: string[] = [];
          let busy = 0;
          const answer: Answer = async (message) => {
            expect(++busy).toBe(1);
            await new Promise(setImmediate);
            busy--;
            const outcome = outcomes.next().value ?? delivered;
            if (outcome.status === 'delivered') seen.push(message);
            return outcome;
          };
          for (const { after, killed } of lives) {
            const mortal = mortalSpool(spool);
            const dispatch = start(mortal.spool, strict(answer, maxBatch));
            const goal = seen.length + after;
            await until(async () => seen.length >= goal || (await isAtEnd(spool)));
            if (killed) mortal.kill();
            await dispatch.stop(1000);
          }
          start(spool, strict(answer, maxBatch));
          await until(() => isAtEnd(spool));
          // What a kill has cost is repeated; but each first delivery comes in its order.
          expect([...new Set(seen)]).toEqual(all);
          // And after a repetition nothing is left out on the way.
          for (const [i, message] of seen.entries()) {
            const [at, before] = [all.indexOf(message), i === 0 ? -1 : all.indexOf(seen[i - 1] ?? '')];
            expect(at).toBeLessThanOrEqual(before + 1);
          }
        }),
        { numRuns: tries(9) },
      );
    },
  );

  it('what was deferred in lanes of mailboxes goes by its receipt when the order is changed', async () => {
    const spool = await spoolFor();
    await append(spool, texts(20));
    // The later, the longer due.
    const defer = [9, 3, 14, 5].map((position) => ({
      position,
      lane: `m${position}`,
      dueAt: 100 - position,
      attempts: [],
    }));
    await spool.commit('n', { cursor: 15, defer, tally: { delivered: 11 } });
    const seen: string[] = [];
    start(
      spool,
      strict((message) => {
        seen.push(message);
        return delivered;
      }),
    );
    await until(() => isAtEnd(spool));
    expect(seen.map((message) => Number(message.split(':')[1]) + 1)).toEqual([3, 5, 9, 14, 16, 17, 18, 19, 20]);
  });

  it('what is replayed goes before what waits, each in its order', async () => {
    const spool = await spoolFor();
    await append(spool, texts(30));
    const seen: string[] = [];
    let isHeld = true;
    const answer: Answer = (message) => {
      if (message === 'm6:20' && isHeld) return retry;
      seen.push(message);
      return delivered;
    };
    const dispatch = start(spool, strict(answer));
    await until(() => seen.length === 20);
    for await (const _ of runCommand(toolsOf(spool, dispatch), { command: 'replay', notifier: 'n', sinceAt: 0 }));
    isHeld = false;
    await until(() => isAtEnd(spool));
    // The one that was held may have been under way when the others came.
    const again = seen.slice(20).filter((message) => message !== 'm6:20');
    expect(again).toEqual([...texts(20), ...texts(30).slice(21)]);
    expect(seen.filter((message) => message === 'm6:20')).toHaveLength(1);
  });
});
