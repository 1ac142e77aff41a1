/** The rows of the table of costs, in its order: a new one is a file beside this one, and its entry here. */
import { eightLogs } from './eight-logs.ts';
import { exec } from './exec.ts';
import { httpHundred, httpSingle } from './http.ts';
import { intake } from './intake.ts';
import { latency } from './latency.ts';
import { logBacklog } from './log-backlog.ts';
import { lowestLoad, lowLoad } from './low-load.ts';
import { memory } from './memory.ts';
import { nats } from './nats.ts';
import { nullBacklog } from './null-backlog.ts';
import { ordinary } from './ordinary.ts';
import { redis } from './redis.ts';
import type { Row } from './row.ts';
import { webhook } from './webhook.ts';
import { webhookBatches } from './webhook-batches.ts';

export const rows: readonly Row[] = [
  ...[logBacklog, nullBacklog, eightLogs, webhook, webhookBatches, nats, redis, intake, lowLoad, lowestLoad, ordinary],
  ...[httpSingle, httpHundred, exec, memory, latency],
];
