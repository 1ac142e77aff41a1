/** Endpoints that change something: retry, drop, replay, pause, resume; and those that say before what they would change. */
import { z } from 'zod';
import { BelfryError } from '../../../base/error.ts';
import type { Api } from '../../api.ts';
import { selection, summary } from '../../protocol.ts';
import { type Call, defineEndpoint, type Endpoint, type Reply } from '../endpoint.ts';
import { runUnchecked } from './lists.ts';

const selecting = z.strictObject({ notifier: z.string().optional(), selection: selection.default({}) });
const dropping = selecting.extend({
  /** `matching` of the count before. Needed unless `selection` names ids. */
  expect: z.int().nonnegative().optional(),
});

/** Runs it and answers with its last line; every change has a line in the log. */
async function run(call: Call, api: Api, request: Readonly<Record<string, unknown>>): Promise<Reply> {
  const answers = runUnchecked(api, request);
  if (request['command'] !== 'count') api.audit(request, call.from);
  if (call.wantsLines) return { lines: answers };
  for await (const answer of answers) if ('done' in answer) return { json: answer.done };
  throw new BelfryError('INTERNAL', 'the command did not end');
}

const common = { method: 'POST', access: 'change', answer: summary, lines: true } as const;

const onSelection = (from: 'queue' | 'dead', what: string): readonly Endpoint[] => [
  defineEndpoint({
    ...{ ...common, path: `/api/${from}/count`, access: 'read', body: selecting },
    summary: `How many ${what} a selection means. Changes nothing.`,
    handle: (call, api) => run(call, api, { command: 'count', from, ...call.body }),
  }),
  defineEndpoint({
    ...{ ...common, path: `/api/${from}/retry`, body: selecting },
    summary: `Attempts the selected ${what} again, now.`,
    handle: (call, api) => run(call, api, { command: 'retry', from, ...call.body }),
  }),
  defineEndpoint({
    ...{ ...common, path: `/api/${from}/drop`, body: dropping },
    summary: `Deletes the selected ${what} for good; status 409 where more are meant than "expect" says.`,
    handle(call, api) {
      const { expect, selection: meant } = call.body;
      if (expect === undefined && meant.ids === undefined) {
        throw new BelfryError(
          'BAD_INPUT',
          `a drop without ids needs "expect": the number that POST /api/${from}/count answers for the same selection`,
        );
      }
      return run(call, api, { command: 'drop', from, ...call.body });
    },
  }),
];

export const changeEndpoints: readonly Endpoint[] = [
  ...onSelection('queue', 'waiting and deferred notifications'),
  ...onSelection('dead', 'dead letters'),
  defineEndpoint({
    ...{ ...common, path: '/api/replay' },
    summary: 'Gives a notifier once more what the spool still has of a period.',
    body: z.strictObject({
      notifier: z.string(),
      sinceAt: z.int().nonnegative(),
      untilAt: z.int().nonnegative().optional(),
      events: z.array(z.string()).optional(),
    }),
    handle: (call, api) => run(call, api, { command: 'replay', ...call.body }),
  }),
  defineEndpoint({
    ...{ ...common, path: '/api/notifiers/{notifier}/pause' },
    summary: 'Pauses a notifier, for some time or until it is resumed; its queue grows meanwhile, and nothing is lost.',
    body: z.strictObject({ forMs: z.int().optional() }),
    handle: (call, api) => run(call, api, { command: 'pause', ...call.params, ...call.body }),
  }),
  defineEndpoint({
    ...{ ...common, path: '/api/notifiers/{notifier}/resume' },
    summary: 'Ends every pause of a notifier.',
    body: z.strictObject({}),
    handle: (call, api) => run(call, api, { command: 'resume', ...call.params }),
  }),
  defineEndpoint({
    ...{ method: 'POST', access: 'change', path: '/api/notifiers/{notifier}/test' },
    summary: 'Sends a sample event through a notifier now; it is marked as a test and counted nowhere.',
    body: z.strictObject({ event: z.string().max(200).optional() }),
    answer: z.object({
      notifier: z.string(),
      method: z.string(),
      event: z.string(),
      id: z.string(),
      filteredBy: z.object({ option: z.string(), detail: z.string() }).optional(),
      outcome: z.object({ status: z.string(), detail: z.string().optional(), reason: z.string().optional() }),
      durationMs: z.number(),
      /** What was sent and answered, in its order. */
      exchange: z.array(z.object({ kind: z.string(), text: z.string() })),
    }),
    async handle({ params: { notifier = '' }, body: { event }, from, signal }, api) {
      api.audit({ command: 'test', notifier, ...(event === undefined ? {} : { event }) }, from);
      return { json: await api.test(notifier, event, signal) };
    },
  }),
];
