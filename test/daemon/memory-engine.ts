/** The spool and the intakes of a daemon in a test: in memory, and in this thread. */
import type { openEngine } from '../../src/daemon/engine.ts';
import { hostHere } from '../intake-host/host-here.ts';
import { openMemorySpool } from '../spool/memory/memory-spool.ts';

export const openMemoryEngine: typeof openEngine = async ({ spool: { maxBytes } }, parts) => {
  const { onDiscard, ...others } = parts;
  const spool = openMemorySpool({ maxBytes, now: Date.now, random: Math.random, onDiscard });
  const intakes = hostHere({ ...others, accept: (requests) => spool.append(requests) });
  return {
    spool,
    intakes,
    async close() {
      await intakes.close();
      await spool.close();
    },
  };
};
