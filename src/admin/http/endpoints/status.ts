/** The endpoint behind the first screen: whether all is well, each notifier, the spool, the configuration. */
import { z } from 'zod';
import type { Api } from '../../api.ts';
import { stateOf } from '../../notifier-state.ts';
import { status as statusRows } from '../../status.ts';
import { refused, type StatusAnswer, statusAnswer } from '../../status-answer.ts';
import { verdict } from '../../verdict.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';

async function status({ tools, facts, observed }: Api): Promise<StatusAnswer> {
  const rows = [];
  for await (const row of statusRows(tools)) rows.push(row);
  const { first, last, bytes, absence, consumers } = await tools.spool.state();
  const { version, host, pid, startedAt } = facts;
  const spoolLimits = facts.spoolLimits();
  const { loadedAt, refused: refusal } = facts.configuration();
  const now = tools.now();
  const suspectedLosses = facts.suspectedLosses();
  const { maxBytes } = spoolLimits;
  // Without an entry, nothing is needed.
  const needed = last - Math.max(first - 1, Math.min(last, ...consumers.map(({ cursor }) => cursor)));
  const spool = { bytes, maxBytes, neededShare: needed / Math.max(1, last - first + 1) };
  return {
    ...{ version, host, pid, startedAt, at: now },
    verdict: mutable(verdict({ now, notifiers: rows, suspectedLosses, absence, spool, refused: refusal })),
    sockets: [...facts.sockets()],
    spool: { entries: last - first + 1, bytes, ...spoolLimits, ...(absence === undefined ? {} : { absence }) },
    suspectedLosses,
    received: { total: last },
    stored: observed.stored(),
    configuration: { loadedAt, ...(refusal === undefined ? {} : { refused: refusal }) },
    notifiers: rows.map((row) => {
      const kind = facts.kindOf(row.notifier);
      const failed = facts.lastFailureOf(row.notifier);
      const lastFailure = failed === undefined ? {} : { lastFailure: failed };
      const latency = observed.latencyOf(row.notifier);
      return { ...row, ...kind, ...lastFailure, state: stateOf(row, now), latency };
    }),
  };
}

const mutable = ({ problems, ...rest }: ReturnType<typeof verdict>) => ({ ...rest, problems: [...problems] });

export const statusEndpoints: readonly Endpoint[] = [
  defineEndpoint({
    ...{ method: 'GET', path: '/api/status', access: 'read', answer: statusAnswer },
    summary: 'Whether all is well, in words; how each notifier stands; the spool and the configuration.',
    handle: async (_, api) => ({ json: await status(api) }),
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/history', access: 'read' },
    summary: 'Rates and latencies of the last hour.',
    answer: z.object({
      stepMs: z.number(),
      /** When each step ended. */
      at: z.array(z.number()),
      /** Per second. */
      received: z.array(z.number().nullable()),
      delivered: z.array(z.number().nullable()),
      storedP99Ms: z.array(z.number().nullable()),
      notifiers: z.record(
        z.string(),
        z.object({
          delivered: z.array(z.number().nullable()),
          p99Ms: z.array(z.number().nullable()),
          waiting: z.array(z.number().nullable()),
        }),
      ),
    }),
    handle: (_, { observed }) => ({ json: observed.history() }),
  }),
  defineEndpoint({
    ...{ method: 'GET', path: '/api/configuration', access: 'read' },
    summary: 'The configuration in force, secrets hidden, and whether the file on disk was refused.',
    answer: z.object({
      files: z.array(z.string()),
      loadedAt: z.number(),
      refused,
      options: z.array(z.object({ name: z.string(), value: z.string(), from: z.string() })),
    }),
    handle: (_, { facts }) => ({ json: facts.configuration() }),
  }),
];
