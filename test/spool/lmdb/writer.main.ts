/**
 * The thread that appends, as the intake will have one: several batches under way at once, each position told when it is
 * durable. With a number it stops after so many batches; else it goes on until it is ended.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openLogWriter } from '../../../src/spool/lmdb/log/open-log-writer.ts';

interface Work {
  readonly directory: string;
  readonly batches?: number;
}

const { directory, batches = Number.POSITIVE_INFINITY }: Work = workerData;
const writer = openLogWriter({ directory, maxBytes: 1 << 28, retentionMs: 0, now: Date.now, random: Math.random });
let begun = 0;

async function append(): Promise<void> {
  while (begun < batches) {
    const batch = begun++;
    const bytes = Buffer.from(`${batch} `.padEnd(500, 'x'));
    await writer.append(Array.from({ length: 32 }, () => ({ format: 'datagram', bytes })));
    parentPort?.postMessage(writer.last());
  }
}

await Promise.all([append(), append(), append(), append()]);
await writer.close();
parentPort?.postMessage('closed');
