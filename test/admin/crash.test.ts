import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AdminRequest } from '../../src/admin/protocol.ts';
import type { Outcome } from '../../src/notifier/notifier.ts';
import { tries } from '../support/long.ts';
import { mortalSpool } from '../support/mortal-spool.ts';
import { until } from '../support/until.ts';
import { append, auditRows, dispatchOn, memorySpool, performed, recipientOf, toolsOf, wrongIn } from './work.ts';

const delivered: Outcome = { status: 'delivered' };
const retry: Outcome = { status: 'retry', reason: 'not now' };
const rejected: Outcome = { status: 'rejected', reason: 'never' };

const hang = (signal: AbortSignal): Promise<Outcome> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(retry);
    signal.addEventListener('abort', () => resolve(retry));
  });

const selection = fc.constantFrom({}, { mailbox: 'm1' }, { mailbox: 'm2' });
const request: fc.Arbitrary<AdminRequest> = fc.oneof(
  fc.record({
    command: fc.constantFrom('retry' as const, 'drop' as const),
    from: fc.constantFrom('queue' as const, 'dead' as const),
    selection,
  }),
  fc.record({ command: fc.constant('replay' as const), notifier: fc.constant('n'), sinceAt: fc.constant(0) }),
);

it('what an administrator does on the spool of a killed daemon adds up, and the next one obeys it', async () => {
  const scenario = fc.record({
    outcomes: fc.infiniteStream(fc.constantFrom<Outcome>(delivered, delivered, delivered, retry, rejected)),
    hanging: fc.integer({ min: 0, max: 30 }),
    attempts: fc.integer({ min: 1, max: 60 }),
    count: fc.integer({ min: 40, max: 90 }),
    requests: fc.array(request, { minLength: 1, maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ outcomes, hanging, attempts, count, requests }) => {
      // Somebody else keeps the log, so that there is something to replay.
      const spool = await memorySpool('n', 'holds');
      const texts = Array.from({ length: count }, (_, i) => `${i % 9 === 8 ? '-' : ''}m${i % 5}:${i}`);
      await append(spool, ...texts);
      // Those that are attempted whatever comes of the others: all but what is filtered, and what is behind one that hangs.
      const behind = (i: number): boolean => i > hanging && i % 5 === hanging % 5 && hanging % 9 !== 8;
      const certain = texts.filter((text, i) => !text.startsWith('-') && !behind(i)).length;
      const first = mortalSpool(spool);
      let made = 0;
      const answer = async (message: string, signal: AbortSignal): Promise<Outcome> => {
        await new Promise(setImmediate);
        made++;
        return message.endsWith(`:${hanging}`) ? hang(signal) : (outcomes.next().value ?? delivered);
      };
      const killed = dispatchOn(first.spool, [recipientOf('n', answer, { retryScheduleMs: [1] })]);
      await until(() => made >= Math.min(attempts, certain));
      first.kill();
      await killed.stop(0);

      const offline = toolsOf(spool);
      for (const one of requests) {
        await performed(offline, one);
        expect(await wrongIn(offline)).toEqual([]);
      }
      const { tally } = await spool.consumer('n');
      const seen: string[] = [];
      const next = recipientOf('n', (message) => {
        seen.push(message);
        return delivered;
      });
      const dispatch = dispatchOn(spool, [next]);
      const tools = toolsOf(spool, dispatch);
      await performed(tools, { command: 'retry', from: 'queue', notifier: 'n', selection: {} });
      await until(async () => {
        const { cursor, deferred } = await spool.consumer('n');
        return cursor === count && deferred === 0;
      });
      await dispatch.stop(1000);
      const [row] = await auditRows(offline);
      expect(row).toMatchObject({ dropped: tally.dropped, waiting: 0, deferred: 0, difference: 0, faults: [] });
      // What was dropped, finished or given up is not told; all else is, once.
      expect(seen).toHaveLength((row?.delivered ?? 0) - tally.delivered);
      expect(new Set(seen).size).toBe(seen.length);
    }),
    { numRuns: tries(60) },
  );
});
