/** The status of a daemon as the API answers it and as commands and the page read it. */
import { z } from 'zod';
import { notifierRow } from './protocol.ts';

const percentiles = z.object({ p50Ms: z.number(), p99Ms: z.number() }).nullable();
const action = z.object({
  label: z.string(),
  kind: z.enum(['retry', 'resume', 'dead', 'configuration']),
  notifier: z.string().optional(),
});
const trouble = { headline: z.string(), explanation: z.string(), action: action.optional() };
/** That the file on disk is not the configuration in force. */
export const refused = z.object({ at: z.number(), reason: z.string() }).optional();

const notifierStatus = notifierRow.extend({
  /** The kind of notifier; absent of the consumer of unusable requests. */
  method: z.string().optional(),
  label: z.string().optional(),
  /** Since the start. */
  lastFailure: z.object({ at: z.number(), reason: z.string() }).optional(),
  state: z.object({ kind: z.enum(['ok', 'idle', 'failing', 'paused', 'throttled']), text: z.string() }),
  /** From the receipt to the delivery, of the last minutes. */
  latency: percentiles,
});

/** All times in milliseconds since the epoch. */
export const statusAnswer = z.object({
  version: z.string(),
  host: z.string(),
  pid: z.number(),
  startedAt: z.number(),
  at: z.number(),
  verdict: z.object({
    level: z.enum(['ok', 'warning', 'bad']),
    ...trouble,
    problems: z.array(z.object({ level: z.enum(['warning', 'bad']), ...trouble })),
  }),
  sockets: z.array(z.string()),
  spool: z.object({
    entries: z.number(),
    bytes: z.number(),
    maxBytes: z.number(),
    retentionMs: z.number(),
    absence: z.string().optional(),
  }),
  suspectedLosses: z.number(),
  received: z.object({ total: z.number() }),
  /** From the receipt to the moment at which a request is stored. */
  stored: percentiles,
  configuration: z.object({ loadedAt: z.number(), refused }),
  notifiers: z.array(notifierStatus),
});
export type StatusAnswer = z.infer<typeof statusAnswer>;
